/**
 * State of a run at one moment, and the figures that are computed from it.
 *
 * @module
 */
import type { Resumed } from "./events.ts";
import type { StartWait } from "./start_events.ts";
import {
  countDone,
  countFailed,
  countsOf,
  DONE_STATUSES,
  type EndCounts,
  TERMINAL_STATUSES,
} from "./statuses.ts";
import {
  type RangeFailure,
  type ResourceTotals,
  type RunCounters,
  type RunSummary,
  type StopCause,
  type StopLevel,
  type StopSignal,
  type WorkerState,
  ZERO_COUNTERS,
} from "./types.ts";

/** How many items a run had settled at one moment: they are done, or failed for good. */
export interface PacePoint {
  /** The moment, in milliseconds since 1970, plus the time for which the run was suspended since. */
  readonly t: number;
  /** The number of items, without those of earlier runs; fractional if workers report shares. */
  readonly settled: number;
}

/** How the work of a run has gone on lately. */
export interface Pace {
  /** How many items it had settled, whenever that changed, oldest first; about forty at most. */
  readonly points: readonly PacePoint[];
  /** When the last point was due, in milliseconds since 1970. */
  readonly checkedAt: number;
}

/** All that is known of a run at one moment. A state never changes: each event yields a new one. */
export interface RunState extends ResourceTotals {
  /** The id of the run. */
  readonly runId: string;
  /** Items of the job, as far as they are known. */
  readonly totalItems: number;
  /** Whether `totalItems` is their number; otherwise more may come. */
  readonly isTotalKnown: boolean;
  /** Number of ranges, as far as they are known. */
  readonly ranges: number;
  /** Whether `ranges` is their number; otherwise more may come. */
  readonly areRangesKnown: boolean;
  /** Items per range, if ranges were split by that. */
  readonly chunkSize?: number;
  /** Milliseconds that a range is to take; set if their number grows while workers take them. */
  readonly rangeTime?: number;
  /** Retries that a range may have. */
  readonly maxRetries: number;
  /** Milliseconds without progress or message after which an attempt is ended; absent when it never is. */
  readonly stallTimeout?: number;
  /** Requested columns of the grid. */
  readonly gridCols?: number;
  /**
   * The workers, by number. After `setWorkers` with a smaller number, those that are too many are the last ones. If there are
   * more than 10,000, only those that have begun an attempt are here. From 1,024 workers on, the list is a proxy of an array:
   * `structuredClone()` and `postMessage()` take `Array.from(workers)` in its place.
   */
  readonly workers: readonly WorkerState[];
  /** How many of them may start attempts. */
  readonly numWorkers: number;
  /** Whether the run is paused: no attempt starts. */
  readonly isPaused: boolean;
  /** What starts wait for, if they have waited for a second or more. */
  readonly startWait?: StartWait;
  /**
   * Milliseconds of work that an earlier run has shown: those of all ranges that were to be done, and those of ranges that have
   * ended. Absent if ranges are not ordered by that.
   */
  readonly forecast?: { readonly total: number; readonly ended: number };
  /** Items of ranges that were skipped, as the files that their workers create are there; `doneItems` includes them. */
  readonly skipped: number;
  /** Items that are safely done, without those of running attempts; see {@linkcode currentItems}. */
  readonly doneItems: number;
  /** Items of ranges that failed for good, without those that are safely done. */
  readonly failedItems: number;
  /** Ranges that ended, by status. */
  readonly counts: EndCounts;
  /** Ranges that no worker took yet. */
  readonly pending: number;
  /** Ranges that wait for a retry while their worker works on others; `pending` includes them. */
  readonly postponed: readonly number[];
  /** Attempts begun, retries included. */
  readonly attempts: number;
  /** Attempts after the first of a range. */
  readonly retries: number;
  /**
   * The first thousand ranges that ended FAILED or CRASHED for good; `counts` has the number of all. Their texts are cut after
   * 1,000 characters.
   */
  readonly failures: readonly RangeFailure[];
  /** What went wrong without failing a range by itself. */
  readonly counters: RunCounters;
  /** How far stopping has progressed, and why. */
  readonly stopping?: { readonly how: StopLevel; readonly cause: StopCause };
  /** The number of log lines. */
  readonly logLines: number;
  /** The last log line, and its worker; absent once that worker has ended its range or begun another attempt. */
  readonly lastLog?: { readonly worker: number; readonly line: string };
  /** What went wrong that is not part of the work: the first thousand warnings. */
  readonly warnings: readonly string[];
  /** Whether something that was promised, such as a log file, was not written. */
  readonly isUnwritten: boolean;
  /** The number of warnings after the first thousand. */
  readonly omittedWarnings: number;
  /** What earlier runs of a resumed job have done; `counts` and `doneItems` include it. */
  readonly resumed: Resumed;
  /** How its work has gone on lately. {@linkcode estimate} computes the rate from it. */
  readonly pace: Pace;
  /** When the run began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** How long it was suspended, in milliseconds, without a suspension that is not over. */
  readonly suspended: number;
  /** When it was suspended, in milliseconds since 1970; absent while it is not. */
  readonly suspendedAt?: number;
  /** When it ended, in milliseconds since 1970; absent until then. */
  readonly endedAt?: number;
}

/** The state before the first event. */
export const INITIAL_STATE: RunState = {
  runId: "",
  totalItems: 0,
  isTotalKnown: true,
  ranges: 0,
  areRangesKnown: true,
  maxRetries: 0,
  workers: [],
  numWorkers: 0,
  isPaused: false,
  skipped: 0,
  doneItems: 0,
  failedItems: 0,
  counts: countsOf(TERMINAL_STATUSES, () => 0),
  pending: 0,
  postponed: [],
  attempts: 0,
  retries: 0,
  cpuSeconds: 0,
  failures: [],
  counters: ZERO_COUNTERS,
  logLines: 0,
  warnings: [],
  isUnwritten: false,
  omittedWarnings: 0,
  resumed: { counts: countsOf(DONE_STATUSES, () => 0), doneItems: 0 },
  pace: { points: [], checkedAt: 0 },
  startedAt: 0,
  suspended: 0,
};

/** Returns whether the worker's process is at work. */
export function isRunning(worker: WorkerState): boolean {
  return worker.startedAt !== undefined && worker.endedAt === undefined;
}

/** Returns whether the worker waits for its next attempt. */
export function isWaiting(worker: WorkerState): boolean {
  return worker.retryAt !== undefined;
}

/** Silence after which a worker counts as quiet, in milliseconds; less if its stall time-out is short. */
const QUIET_MS = 30_000;

/**
 * Returns the milliseconds since the last progress or message of a worker, if they are so many that it may have stalled.
 * Returns undefined otherwise, and for a worker that never reported any.
 */
export function quietMs(
  worker: WorkerState,
  { stallTimeout = Infinity, now }: { stallTimeout?: number; now: number },
): number | undefined {
  if (!isRunning(worker) || worker.signAt === undefined) return undefined;
  const quiet = now - worker.signAt;
  return quiet >= Math.min(QUIET_MS, stallTimeout / 2) ? quiet : undefined;
}

/** Counts the workers that have a range now, running or waiting. */
export function busyWorkers({ workers }: RunState): number {
  return workers.filter((worker) => isRunning(worker) || isWaiting(worker)).length;
}

/** Counts the ranges that are done. */
export function doneRanges({ counts }: RunState): number {
  return countDone(counts);
}

/** Counts the ranges that earlier runs of a resumed job have done. */
export function resumedRanges({ resumed: { counts } }: RunState): number {
  return countDone(counts);
}

/** Counts the ranges that were begun and then stopped with the run. */
export function stoppedRanges({ workers }: RunState): number {
  // A worker whose range was stopped takes no other one.
  return workers.filter(isStopped).length;
}

/** Returns whether the worker's range went back to PENDING, as the run was stopped. */
export function isStopped({ status, endedAt }: WorkerState): boolean {
  return status === "PENDING" && endedAt !== undefined;
}

/** Returns whether each range has one item, so that a person has items and no ranges. */
export function hasOneItemEach(
  { ranges, areRangesKnown, totalItems, chunkSize }: RunState,
): boolean {
  return areRangesKnown ? ranges === totalItems : chunkSize === 1;
}

/** Returns whether all ranges are known and done. */
export function isAllDone(state: RunState): boolean {
  return state.areRangesKnown && doneRanges(state) === state.ranges;
}

/** Counts the ranges that ended, done or not. */
export function endedRanges(state: RunState): number {
  return doneRanges(state) + countFailed(state.counts);
}

/** Returns the worker's progress, from 0 to the size of its range; fractional if it reports shares. */
export function clampedProgress({ progress, total, share }: WorkerState): number {
  return share === undefined ? Math.min(progress, total) : share * total;
}

/** Rounds items down to whole ones; sums of shares may be too small by a rounding error. */
export function wholeItems(items: number): number {
  return Math.floor(items + 1e-6);
}

/**
 * Returns the strings of a worker's range that starts at `startIndex`. Returns undefined if the job has none, or if the
 * last attempt had only those after a checkpoint.
 */
export function wholeRangeItems(
  worker: WorkerState | undefined,
  { startIndex }: { startIndex: number },
): readonly string[] | undefined {
  const { extraData } = worker ?? {};
  return extraData?.startIndex === startIndex ? extraData.items : undefined;
}

/** Returns how long the run has taken up to `now`, in milliseconds, less the time for which it was suspended. */
export function elapsedMs(state: RunState, now: number): number {
  return (state.endedAt ?? state.suspendedAt ?? now) - state.startedAt - state.suspended;
}

/** Returns the items that are done now: those of done ranges, and the progress of running attempts; a whole number. */
export function currentItems(state: RunState): number {
  return wholeItems(currentWork(state));
}

/** Returns the items that are done now; fractional if workers report shares. */
export function currentWork(state: RunState): number {
  return state.workers.reduce(
    (sum, worker) => isRunning(worker) ? sum + clampedProgress(worker) : sum,
    state.doneItems,
  );
}

/** Returns the summary of a run, from the state at its end. */
export function summarize(state: RunState): RunSummary {
  const ok = isAllDone(state);
  return {
    ok,
    exitCode: exitCodeOf(state, { ok }),
    runId: state.runId,
    totalItems: state.totalItems,
    doneItems: state.doneItems,
    ranges: state.ranges,
    counts: state.counts,
    resumedRanges: resumedRanges(state),
    skipped: state.skipped,
    attempts: state.attempts,
    retries: state.retries,
    cpuSeconds: state.cpuSeconds,
    largest: state.largest,
    failures: state.failures,
    stopped: stoppedRanges(state),
    ...state.counters,
    stoppedBy: state.stopping?.cause,
    startedAt: state.startedAt,
    duration: elapsedMs(state, state.endedAt ?? state.startedAt),
    warnings: state.warnings,
  };
}

/** What shells show for a process that such a signal ended: 128 and the number of the signal. */
export const SIGNAL_EXIT_CODES: Readonly<Record<StopSignal, number>> = {
  SIGINT: 130,
  SIGTERM: 143,
  SIGHUP: 129,
  SIGQUIT: 131,
  SIGALRM: 142,
  SIGXCPU: 152,
};

function exitCodeOf({ stopping, isUnwritten }: RunState, { ok }: { ok: boolean }): number {
  if (stopping?.cause.kind === "signal") return SIGNAL_EXIT_CODES[stopping.cause.signal];
  return ok && !isUnwritten ? 0 : 1;
}
