/**
 * Status of a run as other programs get it: its facts and figures at one moment.
 *
 * @module
 */
import { estimate } from "../../model/estimate.ts";
import {
  busyWorkers,
  currentItems,
  elapsedMs,
  isAllDone,
  type RunState,
} from "../../model/state.ts";
import { countFailed, type EndCounts } from "../../model/statuses.ts";
import type { RangeFailure, StopCause } from "../../model/types.ts";
import type { RunInfo } from "./registration.ts";

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

/** The status of a run, as JSON. Times are in milliseconds. */
export interface RunStatus extends RunInfo {
  readonly status: RunPhase;
  readonly totalItems?: number;
  /** Whether `totalItems` is the number of items; otherwise more may come. */
  readonly isTotalKnown?: boolean;
  readonly doneItems?: number;
  readonly failedItems?: number;
  readonly ranges?: number;
  readonly failedRanges?: number;
  readonly counts?: EndCounts;
  readonly attempts?: number;
  readonly retries?: number;
  readonly workers?: number;
  readonly busyWorkers?: number;
  /** Items per second. */
  readonly rate?: number;
  readonly eta?: number;
  readonly elapsed?: number;
  readonly endedAt?: number;
  readonly stoppedBy?: StopCause;
  /** The record of the run in the state folder, or its journal. */
  readonly record?: string;
  /** The first failures. */
  readonly failures?: readonly RangeFailure[];
  /** The last warnings. */
  readonly warnings?: readonly string[];
}

/** How a state is known. */
export interface StatusSource {
  readonly info: RunInfo & { readonly record?: string };
  /** Whether the process of the run lives. */
  readonly isLive: boolean;
  readonly state?: RunState;
  /** The time for which figures are computed, in milliseconds since 1970. */
  readonly now: number;
}

/** The failures and the warnings that a status has. */
const MOST = 100;

/** Returns the status of a run. */
export function statusOf({ info, isLive, state, now }: StatusSource): RunStatus {
  const { runId, name, title, pid, startedAt, directory, command, logDir, journal, record } = info;
  const facts = { runId, name, title, pid, startedAt, directory, command, logDir, journal };
  const status = phaseOf(state, isLive);
  const head = { ...facts, status, record: record ?? journal };
  if (state === undefined) return head;
  const { rate, eta } = isLive ? estimate(state, now) : {};
  return {
    ...head,
    totalItems: state.totalItems,
    isTotalKnown: state.isTotalKnown,
    doneItems: isLive ? currentItems(state) : state.doneItems,
    failedItems: state.failedItems,
    ranges: state.ranges,
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
    failures: state.failures.slice(0, MOST),
    warnings: state.warnings.slice(-MOST),
  };
}

function phaseOf(state: RunState | undefined, isLive: boolean): RunPhase {
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
