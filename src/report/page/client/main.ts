/**
 * The page: shows what it was given, or follows a run.
 *
 * @module
 */
import { applyChanges, decodeChanges } from "../../history/wire.ts";
import { byId } from "./dom.ts";
import { followRun } from "./live_updates.ts";
import { View } from "./page_view.ts";

/** Begins. */
export function main(): void {
  const view = new View();
  const data = byId("data").textContent ?? "";
  if (data !== "") view.show(applyChanges(undefined, decodeChanges(data)));
  else followRun((history) => view.show(history));
}
