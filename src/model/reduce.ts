/**
 * Reducer of a run: computes the state after an event from the state before it.
 *
 * @module
 */
import type {
  AttemptEndedEvent,
  AttemptLogEvent,
  AttemptRef,
  AttemptSpawnedEvent,
  AttemptStartedEvent,
  ItemsReadEvent,
  LaunchDelayedEvent,
  OutputLostEvent,
  RangeEndedEvent,
  RangeSplitEvent,
  RetryScheduledEvent,
  RunContinuedEvent,
  RunEvent,
  RunStartedEvent,
  RunStoppingEvent,
} from "./events.ts";
import { notePace } from "./estimate.ts";
import {
  addFailure,
  addLines,
  addWarning,
  idleWorkers,
  MAX_DETAILS,
  MAX_IDLE_WORKERS,
} from "./details.ts";
import { forecastAttempt, forecastEnd, forecastWork } from "./forecast.ts";
import { reduceStarts } from "./reduce_starts.ts";
import { processAfter, processFor, processFrom, processLater } from "./process_age.ts";
import { endedFailure, lostFailure } from "./range_failures.ts";
import { sliceItems } from "./ranges.ts";
import { addUse } from "./resource_totals.ts";
import { withWorker } from "./worker_blocks.ts";
import { INITIAL_STATE, isRunning, isWaiting, type RunState } from "./state.ts";
import { countDone, countsOf, DONE_STATUSES, isDone } from "./statuses.ts";
import { addCounters, type RunCounters, type WorkerState } from "./types.ts";

/** Returns the state after an event. What an attempt reports after its end is ignored. */
export function reduce(state: RunState, event: RunEvent): RunState {
  switch (event.kind) {
    case "run-started":
      return forecastWork(startRun(event), event);
    case "items-read":
      return forecastWork(readItems(state, event), event);
    case "attempt-started":
      return forecastAttempt(startAttempt(state, event), event);
    case "progress":
      return notePace(
        update(state, event, { progress: event.done, share: event.share, signAt: event.t }),
        event.t,
      );
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
      return notePace(forecastEnd(endRange(state, event), event), event.t);
    case "range-split":
      return splitRange(state, event);
    case "range-cut":
      return { ...state, ranges: state.ranges + 1, pending: state.pending + 1 };
    case "leaked":
      return count(state, { leaked: 1, forcedKills: event.forced ? 1 : 0 });
    case "run-stopping":
      return stopRun(state, event);
    case "warning":
      // A hint is shown when it comes, and is no part of what went wrong.
      return event.isHint ? state : warn(state, event.text, { isUnwritten: event.isUnwritten });
    case "reporter-failed":
      return warn(state, `${event.reporter} failed and was dropped: ${event.message}`, {
        isUnwritten: event.path !== undefined,
      });
    case "run-ended":
      return { ...state, endedAt: event.t };
    case "output-written":
    case "cancel-requested":
    case "estimate":
      return state;
    case "output-lost":
      return loseOutput(state, event);
    case "launch-delayed":
      return delayLaunch(state, event);
    case "spawned":
      return spawn(state, event);
    case "pool-resized":
      return resizePool(state, event.numWorkers);
    case "run-paused":
    case "run-unpaused":
      return { ...state, isPaused: event.kind === "run-paused" };
    case "starts-held":
    case "starts-freed":
    case "range-skipped":
      return reduceStarts(state, event);
    case "run-suspended":
      return { ...state, suspendedAt: event.t };
    case "run-continued":
      return continueRun(state, event);
  }
}

function startRun(event: RunStartedEvent): RunState {
  const { runId, totalItems, ranges, items, chunkSize, maxRetries, numWorkers } = event;
  const { rangeTime, stallTimeout, gridCols } = event;
  const { resumed = INITIAL_STATE.resumed } = event;
  const workers = idleWorkers([], Math.min(numWorkers, MAX_IDLE_WORKERS));
  return {
    ...INITIAL_STATE,
    ...{ runId, totalItems, chunkSize, rangeTime, maxRetries, stallTimeout, gridCols },
    isTotalKnown: items !== "uncounted",
    ranges: ranges + (resumed.addedRanges ?? 0),
    areRangesKnown: items === undefined,
    workers,
    numWorkers,
    pending: ranges + (resumed.addedRanges ?? 0) - countDone(resumed.counts),
    counts: { ...INITIAL_STATE.counts, ...resumed.counts },
    doneItems: resumed.doneItems,
    resumed,
    pace: { points: [{ t: event.t, settled: 0 }], checkedAt: event.t },
    startedAt: event.t,
  };
}

/** Adds ranges that became known, some of which earlier runs have done. */
function readItems(state: RunState, event: ItemsReadEvent): RunState {
  const { totalItems, ranges, isComplete, resumed = state.resumed } = event;
  const more = countsOf(
    DONE_STATUSES,
    (status) => (resumed.counts[status] ?? 0) - (state.resumed.counts[status] ?? 0),
  );
  return {
    ...state,
    totalItems: isComplete ? totalItems : Math.max(state.totalItems, totalItems),
    isTotalKnown: state.isTotalKnown || isComplete,
    ranges,
    areRangesKnown: isComplete,
    pending: state.pending + ranges - state.ranges - countDone(more),
    counts: {
      ...state.counts,
      ...countsOf(DONE_STATUSES, (status) => state.counts[status] + more[status]),
    },
    doneItems: state.doneItems + resumed.doneItems - state.resumed.doneItems,
    resumed,
  };
}

/** Moves the times of what began before the suspension by its length. */
function continueRun(state: RunState, { t }: RunContinuedEvent): RunState {
  if (state.suspendedAt === undefined) return state;
  const gap = t - state.suspendedAt;
  const workers = state.workers.map((worker): WorkerState => ({
    ...worker,
    startedAt: isRunning(worker) ? worker.startedAt! + gap : worker.startedAt,
    signAt: worker.signAt === undefined ? undefined : worker.signAt + gap,
    retryAt: worker.retryAt === undefined ? undefined : worker.retryAt + gap,
    process: processLater(worker, gap),
  }));
  const points = state.pace.points.map(({ t, settled }) => ({ t: t + gap, settled }));
  return {
    ...state,
    workers,
    pace: { ...state.pace, points },
    suspended: state.suspended + gap,
    suspendedAt: undefined,
  };
}

function warn(
  state: RunState,
  text: string,
  { isUnwritten = false }: { isUnwritten?: boolean },
): RunState {
  const { warnings, omittedWarnings } = state;
  return {
    ...state,
    warnings: addWarning(warnings, text),
    omittedWarnings: omittedWarnings + (warnings.length < MAX_DETAILS ? 0 : 1),
    isUnwritten: state.isUnwritten || isUnwritten,
  };
}

/** Adds to the counters. */
function count(state: RunState, more: Partial<RunCounters>): RunState {
  return { ...state, counters: addCounters(state.counters, more) };
}

function resizePool(state: RunState, numWorkers: number): RunState {
  const workers = idleWorkers(state.workers, Math.min(numWorkers, MAX_IDLE_WORKERS));
  return { ...state, numWorkers, workers };
}

/** Makes the worker begin an attempt, the first one at its range or another. */
function startAttempt(state: RunState, event: AttemptStartedEvent): RunState {
  const { worker: index, range, attempt, maxAttempt, startIndex, endIndex, items } = event;
  const before = state.workers[index];
  const worker: WorkerState = {
    index,
    status: "RUNNING",
    progress: 0,
    total: endIndex - startIndex,
    message: "",
    attempt,
    maxAttempt,
    extraData: { startIndex, endIndex, range, ...(items && { items }) },
    ...itemsOf(items),
    startedAt: event.t,
    process: processFor(before, event),
    // The process of a resident worker keeps it.
    ...(event.process !== undefined && before?.gpu !== undefined && { gpu: before.gpu }),
    log: [],
  };
  // In a run that was resumed, the first attempt at a range may have any number.
  const isNext = before?.extraData.range === range;
  const isRetry = isNext || state.postponed.includes(range);
  const left = state.postponed.length === 0
    ? state.postponed
    : state.postponed.filter((other) => other !== range);
  const isPostponing = before !== undefined && isWaiting(before) && !isNext;
  const postponed = isPostponing ? [...left, before.extraData.range] : left;
  return {
    ...state,
    lastLog: lastLogOfOthers(state, index),
    workers: withWorker(idleWorkers(state.workers, index + 1), index, worker),
    attempts: state.attempts + 1,
    retries: state.retries + (isRetry ? 1 : 0),
    pending: state.pending - (isNext ? 0 : 1) + (isPostponing ? 1 : 0),
    postponed,
  };
}

/** Starts the clocks of an attempt, and of a resident worker's process. */
function spawn(state: RunState, event: AttemptSpawnedEvent): RunState {
  const { t: startedAt, node, gpu } = event;
  const process = processFrom(state.workers[event.worker], event);
  const started = { status: "RUNNING", startedAt, waitsFor: undefined, node, process } as const;
  return update(state, event, gpu === undefined ? started : { ...started, gpu });
}

/** Marks the attempt as waiting until its process can start. */
function delayLaunch(state: RunState, event: LaunchDelayedEvent): RunState {
  const change = { status: "PENDING", waitsFor: event.reason } as const;
  return count(update(state, event, change), { delayedLaunches: 1 });
}

/** Changes the worker of an attempt, if that attempt still runs. */
function update(state: RunState, ref: AttemptRef, change: Partial<WorkerState>): RunState {
  const worker = state.workers[ref.worker];
  const current = worker !== undefined && isRunning(worker) && worker.attempt === ref.attempt &&
    worker.extraData.range === ref.range;
  return current
    ? { ...state, workers: withWorker(state.workers, ref.worker, { ...worker, ...change }) }
    : state;
}

/** Appends lines to the log of an attempt, and drops the oldest ones. */
function addLog(state: RunState, event: AttemptLogEvent): RunState {
  const [line, worker] = [event.lines.at(-1), state.workers[event.worker]];
  if (line === undefined || worker === undefined) return state;
  const next = update(state, event, { log: addLines(worker.log, event.lines) });
  if (next === state) return state;
  const logLines = state.logLines + event.lines.length;
  return { ...next, logLines, lastLog: { worker: event.worker, line } };
}

/** Returns the line that was logged last, unless this worker has logged it: it is of no interest after the end of its range. */
function lastLogOfOthers({ lastLog }: RunState, worker: number): RunState["lastLog"] {
  return lastLog?.worker === worker ? undefined : lastLog;
}

/** Ends the attempt; its range may get another one. Counts what is safely done of a range that was stopped. */
function endAttempt(state: RunState, event: AttemptEndedEvent): RunState {
  const { status, cause, progress, share, logFile, usage: use, t: endedAt } = event;
  const process = processAfter(state.workers[event.worker], event);
  const over = { waitsFor: undefined, endedAt, process, used: use };
  const ended = update(state, event, { status, cause, progress, share, logFile, ...over });
  const { startIndex = 0 } = ended.workers[event.worker]?.extraData ?? {};
  const { nextIndex = startIndex } = ended === state ? {} : event;
  // A line of a range that may be tried again tells why.
  const lastLog = status === "PENDING" ? lastLogOfOthers(state, event.worker) : state.lastLog;
  const doneItems = state.doneItems + (nextIndex - startIndex);
  const { extraData } = ended.workers[event.worker] ?? {};
  const totals = ended !== state && use && extraData && addUse(state, { use, extraData });
  return count({ ...ended, ...totals, lastLog, doneItems }, event);
}

/** Makes the worker wait for the next attempt; items that are safely done are counted. */
function scheduleRetry(state: RunState, event: RetryScheduledEvent): RunState {
  const worker = state.workers[event.worker];
  if (worker === undefined) return state;
  const waiting: WorkerState = state.stopping === undefined
    ? { ...worker, status: "RETRYING", retryAt: event.t + event.delay }
    : { ...worker, status: "PENDING" };
  return {
    ...state,
    workers: withWorker(state.workers, event.worker, waiting),
    doneItems: state.doneItems + (event.nextIndex - worker.extraData.startIndex),
  };
}

/** Stops the run: ranges that wait for a retry get none. */
function stopRun(state: RunState, { how, cause }: RunStoppingEvent): RunState {
  const workers = state.workers.map((worker): WorkerState =>
    isWaiting(worker) ? { ...worker, status: "PENDING", retryAt: undefined } : worker
  );
  // The process is to end by the last signal that it got, whatever else asked for the same.
  const bySignal = cause.kind === "signal" ? cause : state.stopping?.cause;
  const lasting = bySignal?.kind === "signal" ? bySignal : cause;
  return { ...state, workers, startWait: undefined, stopping: { how, cause: lasting } };
}

/** Cuts the worker's range to what it keeps, and counts the new ranges. */
function splitRange(state: RunState, event: RangeSplitEvent): RunState {
  const { worker: index, endIndex, into } = event;
  const more = { ranges: state.ranges + into.length, pending: state.pending + into.length };
  const worker = state.workers[index];
  if (worker === undefined) return { ...state, ...more };
  const { extraData } = worker;
  const startIndex = Math.max(event.startIndex, extraData.startIndex);
  const items = sliceItems(extraData, [startIndex, endIndex]);
  const kept = { ...extraData, startIndex, endIndex, ...(items && { items }) };
  return {
    ...state,
    workers: withWorker(state.workers, index, {
      ...worker,
      total: endIndex - startIndex,
      extraData: kept,
      ...itemsOf(items),
    }),
    ...more,
  };
}

function itemsOf(items: readonly string[] | undefined): Pick<WorkerState, "items" | "item"> {
  if (items === undefined) return {};
  return items.length === 1 ? { items, item: items[0] } : { items, item: undefined };
}

/** Ends the range for good. */
function endRange(state: RunState, event: RangeEndedEvent): RunState {
  const { status, cause, endIndex, nextIndex } = event;
  const worker = state.workers[event.worker];
  if (worker === undefined) return state;
  const failure = () => endedFailure(event, worker);
  // What is done of a range that waits for its retry was counted when it began to wait.
  const counted = hasRetry(worker) ? nextIndex : worker.extraData.startIndex;
  return {
    ...state,
    lastLog: lastLogOfOthers(state, event.worker),
    workers: withWorker(state.workers, event.worker, {
      ...worker,
      status,
      cause,
      retryAt: undefined,
    }),
    doneItems: state.doneItems + (nextIndex - counted),
    failedItems: state.failedItems + (endIndex - nextIndex),
    counts: { ...state.counts, [status]: state.counts[status] + 1 },
    failures: isDone(status) ? state.failures : addFailure(state.failures, failure),
  };
}

/** Returns whether a worker waits for the retry of its range, or would if the run was not stopped. */
function hasRetry({ status, endedAt }: WorkerState): boolean {
  return endedAt !== undefined && (status === "RETRYING" || status === "PENDING");
}

/** Takes back that a range is done. */
function loseOutput(state: RunState, event: OutputLostEvent): RunState {
  const { range, status, cause, startIndex, endIndex } = event;
  const { [status]: done, CRASHED } = state.counts;
  return {
    ...state,
    workers: state.workers.map((worker) =>
      worker.extraData.range === range && worker.status === status
        ? { ...worker, status: "CRASHED", cause }
        : worker
    ),
    doneItems: state.doneItems - (endIndex - startIndex),
    failedItems: state.failedItems + (endIndex - startIndex),
    counts: { ...state.counts, [status]: done - 1, CRASHED: CRASHED + 1 },
    failures: addFailure(state.failures, () => lostFailure(event)),
  };
}
