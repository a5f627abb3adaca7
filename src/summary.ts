/**
 * What a run came to.
 *
 * @module
 */
import type { RunSummary } from "./models.ts";
import { elapsedMs, isAllDone, resumedRanges, type RunState } from "./state.ts";

/** What a run came to, from the state at its end. */
export function summarize(state: RunState): RunSummary {
  return {
    ok: isAllDone(state),
    runId: state.runId,
    totalItems: state.totalItems,
    doneItems: state.doneItems,
    ranges: state.ranges,
    counts: state.counts,
    resumedRanges: resumedRanges(state),
    attempts: state.attempts,
    retries: state.retries,
    failures: state.failures,
    ...state.irregularities,
    stoppedBy: state.stopping?.cause,
    startedAt: state.startedAt,
    durationMs: elapsedMs(state, state.startedAt),
    warnings: state.warnings,
  };
}
