/**
 * From one state of a run to the next: a pure fold over its events.
 *
 * @module
 */
import type { RunEvent } from "./events.ts";
import {
  addLog,
  count,
  delayLaunch,
  endAttempt,
  endRange,
  scheduleRetry,
  splitRange,
  startAttempt,
  update,
} from "./fold_range.ts";
import type { WorkerState } from "./models.ts";
import { INITIAL_STATE, isRunning, type RunState } from "./state.ts";

/** The state after an event; what an attempt says after its end changes nothing. */
export function fold(state: RunState, event: RunEvent): RunState {
  switch (event.kind) {
    case "run-started":
      return startRun(event);
    case "items-read":
      return readItems(state, event);
    case "attempt-started":
      return startAttempt(state, event);
    case "progress":
      return update(state, event, { progress: event.done, share: event.share, signAt: event.t });
    case "status":
      return update(state, event, { status: event.status });
    case "message":
      return update(state, event, { message: event.text, signAt: event.t });
    case "usage":
      return update(state, event, { usage: event.usage });
    case "slow":
      return count(update(state, event, { slowBeside: event.median }), { slow: 1 });
    case "log":
      return addLog(state, event);
    case "attempt-ended":
      return endAttempt(state, event);
    case "retry-scheduled":
      return scheduleRetry(state, event);
    case "range-ended":
      return endRange(state, event);
    case "range-split":
      return splitRange(state, event);
    case "leaked":
      return count(state, { leaked: 1, forcedKills: event.forced ? 1 : 0 });
    case "run-stopping":
      return { ...state, stopping: { how: event.how, cause: event.cause } };
    case "warning":
      return warn(state, event.text);
    case "reporter-failed":
      return warn(state, `${event.reporter} failed and was dropped: ${event.message}`);
    case "run-ended":
      return { ...state, endedAt: event.t };
    case "launch-delayed":
      return delayLaunch(state, event);
    case "spawned":
      return update(state, event, {
        status: "RUNNING",
        startedAt: event.t,
        reason: undefined,
        node: event.node,
      });
    case "pool-resized":
      return resizePool(state, event.numWorkers);
    case "run-paused":
      return { ...state, isPaused: true };
    case "run-unpaused":
      return { ...state, isPaused: false };
    case "run-suspended":
      return { ...state, suspendedAt: event.t };
    case "run-continued":
      return continueRun(state, event);
  }
}

type Event<K extends RunEvent["kind"]> = RunEvent & { kind: K };

function startRun(event: Event<"run-started">): RunState {
  const { runId, totalItems, ranges, items, maxRetries, numWorkers, stallTimeout, gridCols } =
    event;
  const { resumed = INITIAL_STATE.resumed } = event;
  const workers = Array.from({ length: numWorkers }, (_, index) => idleWorker(index));
  return {
    ...INITIAL_STATE,
    runId,
    totalItems,
    isTotalKnown: items !== "uncounted",
    ranges: ranges + (resumed.addedRanges ?? 0),
    areRangesKnown: items === undefined,
    maxRetries,
    stallTimeout,
    gridCols,
    workers,
    numWorkers,
    pending: ranges + (resumed.addedRanges ?? 0) - resumed.counts.SUCCESS - resumed.counts.FINISHED,
    counts: { ...INITIAL_STATE.counts, ...resumed.counts },
    doneItems: resumed.doneItems,
    resumed,
    startedAt: event.t,
  };
}

/** More ranges are known, some of which earlier runs have done. */
function readItems(state: RunState, event: Event<"items-read">): RunState {
  const { totalItems, ranges, isComplete, resumed = state.resumed } = event;
  const success = resumed.counts.SUCCESS - state.resumed.counts.SUCCESS;
  const finished = resumed.counts.FINISHED - state.resumed.counts.FINISHED;
  const { counts } = state;
  return {
    ...state,
    totalItems: isComplete ? totalItems : Math.max(state.totalItems, totalItems),
    isTotalKnown: state.isTotalKnown || isComplete,
    ranges,
    areRangesKnown: isComplete,
    pending: state.pending + ranges - state.ranges - success - finished,
    counts: {
      ...counts,
      SUCCESS: counts.SUCCESS + success,
      FINISHED: counts.FINISHED + finished,
    },
    doneItems: state.doneItems + resumed.doneItems - state.resumed.doneItems,
    resumed,
  };
}

function idleWorker(index: number): WorkerState {
  return {
    index,
    status: "PENDING",
    progress: 0,
    total: 0,
    message: "",
    attempt: 0,
    maxAttempt: 0,
    extraData: { startIndex: 0, endIndex: 0, rangeIndex: -1 },
    log: [],
  };
}

function resizePool(state: RunState, numWorkers: number): RunState {
  const { workers } = state;
  const more = Array.from(
    { length: Math.max(0, numWorkers - workers.length) },
    (_, index) => idleWorker(workers.length + index),
  );
  return { ...state, numWorkers, workers: [...workers, ...more] };
}

/** Moves what began before the run was suspended by the time for which it was. */
function continueRun(state: RunState, { t }: Event<"run-continued">): RunState {
  if (state.suspendedAt === undefined) return state;
  const gap = t - state.suspendedAt;
  const workers = state.workers.map((worker): WorkerState => ({
    ...worker,
    startedAt: isRunning(worker) ? worker.startedAt! + gap : worker.startedAt,
    signAt: worker.signAt === undefined ? undefined : worker.signAt + gap,
    retryAt: worker.retryAt === undefined ? undefined : worker.retryAt + gap,
  }));
  return { ...state, workers, suspendedMs: state.suspendedMs + gap, suspendedAt: undefined };
}

function warn(state: RunState, text: string): RunState {
  return { ...state, warnings: [...state.warnings, text] };
}
