/**
 * The script of the page. It is the modules in `client/`, and the few others that page and executor share, as they stand:
 * their functions and classes as text, one after another. So it is checked, linted, formatted and tested like all else, needs
 * no build, and comes along with the package from wherever that is loaded; a file beside the code would have to be read or
 * fetched, which takes a permission, and text imports are not taken by every registry.
 *
 * What a module of the page needs must be exported for that, and every name be used once. A constant is taken as JSON.
 *
 * @module
 */
import { stopText } from "../../reporters/wording.ts";
import {
  formatDuration,
  formatItems,
  formatPercent,
  formatRange,
  plural,
} from "../../reporters/wording.ts";
import { counterTexts } from "../../reporters/wording.ts";
import * as history from "../history/history.ts";
import * as totals from "../history/totals.ts";
import * as verdict from "../history/verdict.ts";
import * as wire from "../history/wire.ts";
import * as attempts from "./client/attempt_table.ts";
import * as canvas from "./client/canvas.ts";
import * as charts from "./client/charts.ts";
import * as dom from "./client/dom.ts";
import * as failures from "./client/failure_section.ts";
import * as format from "./client/figures.ts";
import * as lanes from "./client/lanes.ts";
import * as live from "./client/live_updates.ts";
import * as main from "./client/main.ts";
import * as nodeLanes from "./client/node_lanes.ts";
import * as segments from "./client/segments.ts";
import * as series from "./client/series.ts";
import * as sorting from "./client/sorting.ts";
import * as summary from "./client/overview.ts";
import * as ticks from "./client/ticks.ts";
import * as timeline from "./client/timeline.ts";
import * as tip from "./client/tip.ts";
import * as view from "./client/page_view.ts";
import * as zoom from "./client/zoom.ts";

/** What the page is made of. */
export const PAGE_MODULES: readonly Readonly<Record<string, unknown>>[] = [
  {
    stopText,
    formatDuration,
    formatItems,
    formatPercent,
    formatRange,
    plural,
    counterTexts,
  },
  ...[history, totals, verdict, wire],
  ...[dom, format, ticks, lanes, nodeLanes, series, sorting, canvas, segments],
  ...[timeline, charts, summary, failures, attempts, tip, zoom, view, live, main],
];

/** Writes some exports as declarations. */
export function declare(exports: Readonly<Record<string, unknown>>): string {
  return Object.entries(exports).map(([name, value]) =>
    typeof value === "function" ? `${value}` : `const ${name} = ${JSON.stringify(value)};`
  ).join("\n");
}

/** The script. */
export const SCRIPT: string = `(() => {
"use strict";
${PAGE_MODULES.map(declare).join("\n")}
main();
})();`.replaceAll("</", "<\\/");
