/**
 * Figures of a run for other programs, as JSON: `executor status --json` and `/state.json` of the live page have them.
 *
 * @module
 */
import { estimate } from "./estimate.ts";
import { busyWorkers, currentItems, elapsedMs, isAllDone, type RunState } from "./state.ts";
import { countFailed, type EndCounts } from "./statuses.ts";
import type { RangeFailure, RunCounters, StopCause } from "./types.ts";

/**
 * How a run is. While it goes on: `running`, `paused`, `suspended`, `draining`, `stopping`, or `unreachable` if it does not answer. After
 * that: `done`, `failed`, `stopped`, or `killed` if nobody saw its end.
 */
export type RunPhase =
  | "running"
  | "paused"
  | "suspended"
  | "draining"
  | "stopping"
  | "unreachable"
  | "done"
  | "failed"
  | "stopped"
  | "killed";

/** The figures of a run at one moment. Times are in milliseconds. */
export interface RunFigures {
  readonly totalItems: number;
  /** Whether `totalItems` is the number of items; otherwise more may come. */
  readonly isTotalKnown: boolean;
  readonly doneItems: number;
  readonly failedItems: number;
  readonly ranges: number;
  /** Whether `ranges` is their number; otherwise more may come. */
  readonly areRangesKnown: boolean;
  /** Ranges that no worker has taken. */
  readonly pendingRanges: number;
  readonly failedRanges: number;
  /** Ranges by their status. */
  readonly counts: EndCounts;
  readonly attempts: number;
  readonly retries: number;
  readonly workers: number;
  readonly busyWorkers: number;
  /** Items per second. */
  readonly rate?: number;
  readonly eta?: number;
  readonly elapsed?: number;
  readonly endedAt?: number;
  readonly stoppedBy?: StopCause;
  readonly counters: RunCounters;
  /** The first failures. */
  readonly failures: readonly RangeFailure[];
  /** The last warnings. */
  readonly warnings: readonly string[];
}

/** The failures and the warnings that figures have. */
export const MAX_LISTED = 100;

/** Returns the figures of a run at the time `now`, in milliseconds since 1970; `isLive` tells whether its process lives. */
export function figuresOf(
  state: RunState,
  { now, isLive }: { now: number; isLive: boolean },
): RunFigures {
  const { rate, eta } = isLive ? estimate(state, now) : {};
  return {
    totalItems: state.totalItems,
    isTotalKnown: state.isTotalKnown,
    doneItems: isLive ? currentItems(state) : state.doneItems,
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
    busyWorkers: isLive ? busyWorkers(state) : 0,
    rate,
    eta,
    // Nobody knows when a run that was killed has ended.
    elapsed: isLive || state.endedAt !== undefined ? elapsedMs(state, now) : undefined,
    endedAt: state.endedAt,
    stoppedBy: state.stopping?.cause,
    counters: state.counters,
    failures: state.failures.slice(0, MAX_LISTED),
    warnings: state.warnings.slice(-MAX_LISTED),
  };
}

/** Returns how a run is, whose state may be unknown. */
export function phaseOf(state: RunState | undefined, isLive: boolean): RunPhase {
  if (state?.endedAt !== undefined) {
    if (isAllDone(state) && !state.isUnwritten) return "done";
    return state.stopping !== undefined ? "stopped" : "failed";
  }
  if (!isLive) return "killed";
  if (state === undefined) return "unreachable";
  if (state.stopping !== undefined) return state.stopping.how === "drain" ? "draining" : "stopping";
  if (state.suspendedAt !== undefined) return "suspended";
  return state.isPaused ? "paused" : "running";
}
