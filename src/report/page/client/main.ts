/**
 * Entry point of the page's script: shows the history that the page contains, or follows a run.
 *
 * The modules of this folder run in the browser. `tools/build_page.ts` bundles them into `page_bundle.generated.ts`; nothing else
 * under `src/` imports them, and they are not published. They are checked with the types of the browser and without those of Deno,
 * see `deno.json` here. Tests import the modules that need neither.
 *
 * @module
 */
import { applyChanges, decodeChanges } from "../../history/wire.ts";
import { byId } from "./dom.ts";
import { followRun } from "./live_updates.ts";
import { PageView } from "./page_view.ts";

const view = new PageView();
const data = byId("data").textContent;
if (data !== "") view.show(applyChanges(undefined, decodeChanges(data)));
else followRun((history) => view.show(history));
