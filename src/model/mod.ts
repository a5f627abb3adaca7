/**
 * Events of a run, kind by kind, and the state and the summary that follow from them. Read {@linkcode RunEvent} and
 * {@linkcode RunState} first.
 *
 * @example
 * ```ts
 * import { type RunEvent, SubprocessExecutor } from "@lambdawaker/executor";
 * import { INITIAL_STATE, reduce, summarize } from "@lambdawaker/executor/events";
 * import { assertEquals } from "@std/assert";
 *
 * const events: RunEvent[] = [];
 * const executor = new SubprocessExecutor({ totalItems: 2 }, () => ["true"]);
 * const summary = await executor.run({ report: (event) => events.push(event) });
 * assertEquals(summarize(events.reduce(reduce, INITIAL_STATE)), summary);
 * ```
 *
 * @module
 */
import "../base/require_deno.ts";

export type { Cause, ProcessExit } from "./cause.ts";
export type * from "./events.ts";
export { type Estimate, estimate } from "./estimate.ts";
export { FORMAT_VERSION } from "./events.ts";
export type { AttemptId, EngineId, NodeName, Path, RunId, RunName } from "./names.ts";
export type * from "./numbers.ts";
export type { ItemStretch, NumberedRange } from "./ranges.ts";
export { reduce } from "./reduce.ts";
export type { AttemptEndStatus, DoneCounts, DoneStatus, EndCounts } from "./statuses.ts";
export {
  currentItems,
  currentWork,
  INITIAL_STATE,
  isRunning,
  isWaiting,
  type Pace,
  type PacePoint,
  type RunState,
  summarize,
} from "./state.ts";
export type {
  LargestAttempt,
  ResourceTotals,
  ResourceUse,
  StopLevel,
  Suspect,
  Usage,
} from "./types.ts";
export type * from "./start_events.ts";
