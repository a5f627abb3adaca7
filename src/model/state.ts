/**
 * The state of a run, and what one asks of it.
 *
 * @module
 */
import type { Resumed } from "./events.ts";
import {
  NO_IRREGULARITIES,
  type RangeFailure,
  type RunCounters,
  type RunSummary,
  type StopCause,
  type StopLevel,
  type TerminalStatus,
  type WorkerState,
} from "./types.ts";

/** All that is known of a run at one moment. Never changes: each event yields a new one. */
export interface RunState {
  /** The id of the run. */
  readonly runId: string;
  /** Items of the job, as far as they are known. */
  readonly totalItems: number;
  /** Whether that is their number; otherwise more may come. */
  readonly isTotalKnown: boolean;
  /** Number of ranges, as far as they are known. */
  readonly ranges: number;
  /** Whether these are all; otherwise more may come. */
  readonly areRangesKnown: boolean;
  /** Retries that a range may have. */
  readonly maxRetries: number;
  /** Milliseconds without progress or message after which an attempt is ended; absent when it never is. */
  readonly stallTimeout?: number;
  /** The requested number of grid columns. */
  readonly gridCols?: number;
  /** The pool, by number; those that are too many since it was made smaller are at its end. */
  readonly workers: readonly WorkerState[];
  /** How many of them may take up work. */
  readonly numWorkers: number;
  /** Whether nothing is started until somebody wants it. */
  readonly isPaused: boolean;
  /** Items that are safely done; what running attempts have done comes on top, see {@linkcode currentItems}. */
  readonly doneItems: number;
  /** Ranges that ended, by status. */
  readonly counts: Readonly<Record<TerminalStatus, number>>;
  /** Ranges that no worker took yet. */
  readonly pending: number;
  /** Attempts begun, retries included. */
  readonly attempts: number;
  /** Attempts after the first of a range. */
  readonly retries: number;
  /** Ranges that ended FAILED or CRASHED for good. */
  readonly failures: readonly RangeFailure[];
  /** What was irregular. */
  readonly irregularities: RunCounters;
  /** How far stopping has progressed, and why. */
  readonly stopping?: { readonly how: StopLevel; readonly cause: StopCause };
  /** The line that was logged last, and by which worker. */
  readonly lastLog?: { readonly worker: number; readonly line: string };
  /** What went wrong beside the work. */
  readonly warnings: readonly string[];
  /** What earlier runs of a resumed job had done; it is among `counts` and `doneItems`. */
  readonly resumed: Resumed;
  /** When the run began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** For how long it was suspended, in milliseconds. */
  readonly suspendedMs: number;
  /** Since when it is suspended, in milliseconds since 1970; absent while it is not. */
  readonly suspendedAt?: number;
  /** When it ended. */
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
  doneItems: 0,
  counts: { SUCCESS: 0, FINISHED: 0, FAILED: 0, CRASHED: 0 },
  pending: 0,
  attempts: 0,
  retries: 0,
  failures: [],
  irregularities: NO_IRREGULARITIES,
  warnings: [],
  resumed: { counts: { SUCCESS: 0, FINISHED: 0 }, doneItems: 0 },
  startedAt: 0,
  suspendedMs: 0,
};

/** Whether the worker's process is at work. */
export function isRunning(worker: WorkerState): boolean {
  return worker.startedAt !== undefined && worker.endedAt === undefined;
}

/** Whether the worker waits for its next attempt. */
export function isWaiting(worker: WorkerState): boolean {
  return worker.retryAt !== undefined;
}

/** A worker that said something is taken to stand still after so many milliseconds of silence, if not sooner. */
const QUIET_MS = 30_000;

/** For how many milliseconds a worker that speaks has said nothing, when that is long; nothing when it is not. */
export function quietMs(
  worker: WorkerState,
  { stallTimeout = Infinity, now }: { stallTimeout?: number; now: number },
): number | undefined {
  if (!isRunning(worker) || worker.signAt === undefined) return undefined;
  const quiet = now - worker.signAt;
  return quiet >= Math.min(QUIET_MS, stallTimeout / 2) ? quiet : undefined;
}

/** Workers that have a range now, running or waiting. */
export function busyWorkers({ workers }: RunState): number {
  return workers.filter((worker) => isRunning(worker) || isWaiting(worker)).length;
}

/** Ranges that are done. */
export function doneRanges({ counts }: RunState): number {
  return counts.SUCCESS + counts.FINISHED;
}

/** Ranges that earlier runs of a resumed job had done. */
export function resumedRanges({ resumed: { counts } }: RunState): number {
  return counts.SUCCESS + counts.FINISHED;
}

/** Whether all that there is to do is done. */
export function isAllDone(state: RunState): boolean {
  return state.areRangesKnown && doneRanges(state) === state.ranges;
}

/** Ranges that ended, done or not. */
export function endedRanges(state: RunState): number {
  return doneRanges(state) + state.counts.FAILED + state.counts.CRASHED;
}

/** The worker's progress, from 0 to the size of its range; with parts of items where it says a share. */
export function clampedProgress({ progress, total, share }: WorkerState): number {
  return share === undefined ? Math.min(progress, total) : share * total;
}

/** The items that are done as a whole; sums of shares may be less by what a number cannot hold. */
export function wholeItems(items: number): number {
  return Math.floor(items + 1e-6);
}

/** How long the run has been at work at a time, in milliseconds, less the time for which it was suspended. */
export function elapsedMs(state: RunState, now: number): number {
  return (state.endedAt ?? state.suspendedAt ?? now) - state.startedAt - state.suspendedMs;
}

/** Items done now: those of ranges that are done, and the progress of the attempts that run; a whole number. */
export function currentItems(state: RunState): number {
  return wholeItems(currentWork(state));
}

/** What is done now, in items, with the parts of items that shares come to. */
export function currentWork(state: RunState): number {
  return state.workers.reduce(
    (sum, worker) => isRunning(worker) ? sum + clampedProgress(worker) : sum,
    state.doneItems,
  );
}

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
