/**
 * More reporters than the grid and the plain lines: JSON lines, log lines, the summary alone, failures alone, an HTML report,
 * a live page. Also the terminals and keyboards that reporters use.
 *
 * The methods that a class has as a `Reporter` or a `Terminal` are left out of it: the interface describes them.
 *
 * @example
 * ```ts
 * import { SubprocessExecutor } from "@lambdawaker/executor";
 * import { HtmlReporter, SummaryReporter } from "@lambdawaker/executor/reporters";
 *
 * const path = await Deno.makeTempFile({ suffix: ".html" });
 * const executor = new SubprocessExecutor({ totalItems: 3 }, () => ["true"]);
 * await executor.run([new HtmlReporter(path, { title: "Three items" }), new SummaryReporter()]);
 * await Deno.remove(path);
 * ```
 *
 * @module
 */
import "../base/require_deno.ts";

export { JsonlReporter, type JsonlReporterOptions } from "../reporters/jsonl_reporter.ts";
export { LogReporter, type LogReporterOptions } from "../reporters/log_reporter.ts";
export { QuietReporter, type QuietReporterOptions } from "../reporters/quiet_reporter.ts";
export { SummaryReporter, type SummaryReporterOptions } from "../reporters/summary_reporter.ts";
export { HtmlReporter, type HtmlReporterOptions } from "./html_reporter.ts";
export { LivePage, type LivePageOptions } from "./live/live_page.ts";
export type { ServeAddress } from "./live/address.ts";
export type { ColorChoice } from "../terminal/capabilities.ts";
export { type Keyboard, TerminalKeyboard } from "../terminal/keyboard.ts";
export {
  type StandardStream,
  StandardTerminal,
  StdoutTerminal,
  type Terminal,
} from "../terminal/terminal.ts";
