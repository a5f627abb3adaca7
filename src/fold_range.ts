/**
 * From one state of a run to the next, as far as it is about ranges and their attempts: a part of `fold.ts`.
 *
 * @module
 */
import type { AttemptRef, RunEvent } from "./events.ts";
import { addIrregularities } from "./irregularities.ts";
import {
  type Irregularities,
  isDone,
  itemsOf,
  type RangeFailure,
  type Suspect,
  type WorkerState,
} from "./models.ts";
import { isRunning, type RunState } from "./state.ts";

/** How many lines of an attempt's log are kept. */
const LOG_LINES = 200;
/** How many of them a failure keeps. */
export const FAILURE_LOG_LINES = 20;

type Event<K extends RunEvent["kind"]> = RunEvent & { kind: K };

/** A worker takes up a range, or takes it up again. */
export function startAttempt(state: RunState, event: Event<"attempt-started">): RunState {
  const { worker: index, range, attempt, maxAttempt, startIndex, endIndex, items } = event;
  const worker: WorkerState = {
    index,
    status: "RUNNING",
    progress: 0,
    total: endIndex - startIndex,
    message: "",
    attempt,
    maxAttempt,
    extraData: { startIndex, endIndex, rangeIndex: range, ...(items && { items }) },
    startedAt: event.t,
    log: [],
  };
  // In a run that was resumed, the first attempt at a range may have any number.
  const isRetry = state.workers[index]?.retryAt !== undefined;
  return {
    ...state,
    workers: state.workers.with(index, worker),
    attempts: state.attempts + 1,
    ...(isRetry ? { retries: state.retries + 1 } : { pending: state.pending - 1 }),
  };
}

/** Changes the worker of an attempt, if the attempt still runs. */
export function update(state: RunState, ref: AttemptRef, change: Partial<WorkerState>): RunState {
  const worker = state.workers[ref.worker];
  const current = worker !== undefined && isRunning(worker) && worker.attempt === ref.attempt &&
    worker.extraData.rangeIndex === ref.range;
  return current
    ? { ...state, workers: state.workers.with(ref.worker, { ...worker, ...change }) }
    : state;
}

/** Keeps the last lines of an attempt. */
export function addLog(state: RunState, event: Event<"log">): RunState {
  const line = event.lines.at(-1);
  const worker = state.workers[event.worker];
  if (line === undefined || worker === undefined) return state;
  const log = [...worker.log, ...event.lines].slice(-LOG_LINES);
  const next = update(state, event, { log });
  return next === state ? state : { ...next, lastLog: { worker: event.worker, line } };
}

/** An attempt has ended; its range may not have. */
export function endAttempt(state: RunState, event: Event<"attempt-ended">): RunState {
  const { status, reason, progress, share, logFile, t: endedAt } = event;
  return count(update(state, event, { status, reason, progress, share, logFile, endedAt }), event);
}

/** The range waits for its next attempt; what is safely done counts. */
export function scheduleRetry(state: RunState, event: Event<"retry-scheduled">): RunState {
  const worker = state.workers[event.worker];
  if (worker === undefined) return state;
  const waiting: WorkerState = { ...worker, status: "RETRYING", retryAt: event.t + event.delay };
  return {
    ...state,
    workers: state.workers.with(event.worker, waiting),
    doneItems: state.doneItems + event.nextIndex - worker.extraData.startIndex,
  };
}

/** The worker's range is what is left of it; the others wait. */
export function splitRange(state: RunState, event: Event<"range-split">): RunState {
  const { worker: index, endIndex, into } = event;
  const worker = state.workers[index];
  if (worker === undefined) return state;
  const { extraData } = worker;
  const startIndex = Math.max(event.startIndex, extraData.startIndex);
  const items = extraData.items?.slice(
    startIndex - extraData.startIndex,
    endIndex - extraData.startIndex,
  );
  const kept = { ...extraData, startIndex, endIndex, ...(items && { items }) };
  return {
    ...state,
    workers: state.workers.with(index, {
      ...worker,
      total: endIndex - startIndex,
      extraData: kept,
    }),
    ranges: state.ranges + into.length,
    pending: state.pending + into.length,
  };
}

/** The range has ended for good. */
export function endRange(state: RunState, event: Event<"range-ended">): RunState {
  const { status, reason, startIndex, endIndex, nextIndex, suspect } = event;
  const worker = state.workers[event.worker];
  if (worker === undefined) return state;
  // After a retry was called off, what is safely done was counted when it was scheduled.
  const counted = worker.retryAt === undefined ? worker.extraData.startIndex : nextIndex;
  const failure: RangeFailure[] = isDone(status) ? [] : [{
    rangeIndex: event.range,
    startIndex,
    endIndex,
    items: itemsOf(worker, event),
    status,
    reason: reason ?? "",
    attempts: event.attempt,
    suspect: suspect === undefined ? undefined : findSuspect(worker, suspect),
    message: worker.message,
    log: worker.log.slice(-FAILURE_LOG_LINES),
    logFile: worker.logFile,
  }];
  return {
    ...state,
    workers: state.workers.with(event.worker, { ...worker, status, reason, retryAt: undefined }),
    doneItems: state.doneItems + nextIndex - counted,
    counts: { ...state.counts, [status]: state.counts[status] + 1 },
    failures: failure.length > 0 ? [...state.failures, ...failure] : state.failures,
  };
}

function findSuspect({ extraData: { startIndex, items } }: WorkerState, index: number): Suspect {
  const item = items?.[index - startIndex];
  return { index, ...(item !== undefined && { item }) };
}

/** The attempt waits for room. */
export function delayLaunch(state: RunState, event: Event<"launch-delayed">): RunState {
  const waiting = update(state, event, { status: "PENDING", reason: event.reason });
  return count(waiting, { delayedLaunches: 1 });
}

/** Counts what was irregular. */
export function count(state: RunState, more: Partial<Irregularities>): RunState {
  return { ...state, irregularities: addIrregularities(state.irregularities, more) };
}
