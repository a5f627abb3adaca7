/**
 * State of a run as JSON for other programs: figures, the first failures, the first running workers.
 *
 * @module
 */
import { estimate } from "../../model/estimate.ts";
import {
  busyWorkers,
  currentItems,
  elapsedMs,
  isAllDone,
  isRunning,
  type RunState,
} from "../../model/state.ts";
import { countFailed } from "../../model/statuses.ts";
import type { WorkerState } from "../../model/types.ts";

/** Version of the JSON. Later versions may have more fields. */
const VERSION = 1;
/** The most failures, warnings and running workers that it has. */
const MAX_LISTED = 100;

/** Encodes a state at the time `now`, in milliseconds since 1970; `docs/report.md` describes the fields. */
export function encodeState(
  state: RunState,
  { title, now }: { title: string; now: number },
): string {
  const { rate, eta } = estimate(state, now);
  const fields = {
    v: VERSION,
    runId: state.runId,
    title,
    status: statusWord(state),
    totalItems: state.totalItems,
    isTotalKnown: state.isTotalKnown,
    doneItems: currentItems(state),
    failedItems: state.failedItems,
    ranges: state.ranges,
    // While ranges are cut as workers take them, more may come.
    areRangesKnown: state.areRangesKnown &&
      (state.rangeTime === undefined || state.endedAt !== undefined),
    pendingRanges: state.pending,
    failedRanges: countFailed(state.counts),
    counts: state.counts,
    attempts: state.attempts,
    retries: state.retries,
    workers: state.numWorkers,
    busyWorkers: busyWorkers(state),
    rate,
    eta,
    startedAt: state.startedAt,
    elapsed: elapsedMs(state, now),
    endedAt: state.endedAt,
    stoppedBy: state.stopping?.cause,
    counters: state.counters,
    failures: state.failures.slice(0, MAX_LISTED),
    warnings: state.warnings.slice(-MAX_LISTED),
    running: firstRunning(state),
  };
  return `${JSON.stringify(fields)}\n`;
}

function statusWord(state: RunState): string {
  if (state.endedAt !== undefined) {
    if (isAllDone(state) && !state.isUnwritten) return "done";
    return state.stopping === undefined ? "failed" : "stopped";
  }
  if (state.stopping !== undefined) return "stopping";
  if (state.suspendedAt !== undefined) return "suspended";
  return state.isPaused ? "paused" : "running";
}

function firstRunning({ workers }: RunState): object[] {
  const running: WorkerState[] = [];
  for (const worker of workers) {
    if (running.length >= MAX_LISTED) break;
    if (isRunning(worker)) running.push(worker);
  }
  return running.map((worker) => ({
    worker: worker.index,
    range: worker.extraData.range,
    startIndex: worker.extraData.startIndex,
    endIndex: worker.extraData.endIndex,
    item: worker.item?.slice(0, 1_000),
    attempt: worker.attempt,
    status: worker.status,
    progress: worker.progress,
    message: worker.message.slice(0, 1_000),
    startedAt: worker.startedAt,
    node: worker.node,
  }));
}
