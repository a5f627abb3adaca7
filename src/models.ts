/**
 * The nouns: what a job is, what a worker is doing, what a run came to.
 *
 * @module
 */

/** What can be said of a range; each value equals its name. */
export const TaskStatus = {
  /** Not started yet. */
  PENDING: "PENDING",
  /** A process is at work. */
  RUNNING: "RUNNING",
  /** Ended with code 0 and said so: all its items are done. */
  SUCCESS: "SUCCESS",
  /** Ended in order, but its work failed; or it was stopped by the run. */
  FAILED: "FAILED",
  /** Ended out of order: a code other than 0, a signal, a time-out, a stall, or it never started. */
  CRASHED: "CRASHED",
  /** Waits for its next attempt. */
  RETRYING: "RETRYING",
  /** Ended with code 0 and claimed nothing: its items count as done. */
  FINISHED: "FINISHED",
} as const;

/** One of the names of {@linkcode TaskStatus}. */
export type TaskStatus = typeof TaskStatus[keyof typeof TaskStatus];

/** A status in which a range can end. */
export type TerminalStatus = "SUCCESS" | "FINISHED" | "FAILED" | "CRASHED";

/** Whether a range in this status is done, all its items counted. */
export function isDone(status: TaskStatus): status is "SUCCESS" | "FINISHED" {
  return status === "SUCCESS" || status === "FINISHED";
}

/** Whether a range can end in this status. */
export function isTerminal(status: TaskStatus): status is TerminalStatus {
  return isDone(status) || status === "FAILED" || status === "CRASHED";
}

/** How long to wait before a range is tried again. */
export interface RetryDelay {
  /**
   * Milliseconds before the second attempt.
   *
   * @default {1000}
   */
  initial?: number;
  /**
   * What each further delay is multiplied by; at least 1.
   *
   * @default {2}
   */
  factor?: number;
  /**
   * Milliseconds that no delay goes beyond.
   *
   * @default {30000, or `initial` where that is more}
   */
  max?: number;
  /**
   * The share of each delay, 0 to 1, that is random, so that workers that failed together do not come back
   * together: 0.5 waits between half of the delay and all of it.
   *
   * @default {0.5}
   */
  jitter?: number;
}

/** When a run gives up, and how. */
export interface HaltOn {
  /** The number of ranges that ended FAILED or CRASHED for good; at least 1. */
  failures: number;
  /** `drain` lets running ranges end and starts no more; `kill` asks them to end as a first signal would. */
  how: "drain" | "kill";
}

/** A job, and how to run it. All durations are in milliseconds, from 1 to 2,147,483,647 (24.8 days). */
export interface TaskConfig {
  /** How many items the job has, counted from 0; 0 is a run that succeeds at once. */
  totalItems: number;
  /**
   * How many processes run at once, at least 1; never more than there are ranges.
   *
   * @default {navigator.hardwareConcurrency}
   */
  numWorkers?: number;
  /**
   * How often a range that FAILED or CRASHED is tried again, at least 0: `maxRetries + 1` attempts in all.
   *
   * @default {0}
   */
  maxRetries?: number;
  /** Columns of the grid, at least 1; as many as fit when left out. */
  gridCols?: number;
  /** Items of a range, at least 1, handed to whichever worker is free; one range per worker when left out. */
  chunkSize?: number;
  /**
   * The delay before a retry: its parts, or its `initial` as a number, which may be 0.
   *
   * @default {{ initial: 1000, factor: 2, max: 30000, jitter: 0.5 }}
   */
  retryDelay?: number | RetryDelay;
  /**
   * Where a retry begins. `checkpoint` is for workers whose `PROGRESS: n` means that the first n items are safely done;
   * one that said so of all its items and then crashed leaves its range FINISHED.
   *
   * @default {"start"}
   */
  retryFrom?: "start" | "checkpoint";
  /**
   * Whether a range that ends well, with progress short of its size, is FAILED as `incomplete`.
   *
   * @default {false}
   */
  strict?: boolean;
  /** How long one attempt may take; for ever when left out. */
  timeout?: number;
  /** How long an attempt may go without progress or message; for ever when left out. */
  stallTimeout?: number;
  /** How long the whole run may take; what is running then is stopped. For ever when left out. */
  runTimeout?: number;
  /**
   * How long a worker that was asked to end may take before it is killed.
   *
   * @default {10000}
   */
  gracePeriod?: number;
  /** When the run gives up; it never does when left out. */
  haltOn?: HaltOn;
}

/** What a worker is asked to do: the range, as its command sees it. */
export interface ExtraData {
  /** First item of the range. */
  startIndex: number;
  /** The item after the last one. */
  endIndex: number;
  /** Number of the range in the run, 0-based. */
  rangeIndex: number;
}

/** A slot of the pool: what it does now, or did last. */
export interface WorkerState {
  /** Number of the worker, 0-based. */
  readonly index: number;
  /** What its panel shows; the worker may set it while it runs. */
  readonly status: TaskStatus;
  /** Items done in this attempt, as the worker said; not clamped to `total`. */
  readonly progress: number;
  /** Items of its range. */
  readonly total: number;
  /** The last message of this attempt. */
  readonly message: string;
  /** The attempt at its range, 1-based; 0 before the first. */
  readonly attempt: number;
  /** The range it works on. */
  readonly extraData: ExtraData;
  /** When the attempt began, in milliseconds since 1970. */
  readonly startedAt?: number;
  /** When the attempt ended, in milliseconds since 1970. */
  readonly endedAt?: number;
  /** When the next attempt begins, in milliseconds since 1970, while RETRYING. */
  readonly retryAt?: number;
  /** Why the last attempt ended as it did, when it was not well. */
  readonly reason?: string;
  /** The last lines of this attempt's stdout and stderr that were no signals. */
  readonly log: readonly string[];
}

/** A range that ended FAILED or CRASHED for good. */
export interface RangeFailure {
  /** Number of the range. */
  readonly rangeIndex: number;
  /** First item of the range. */
  readonly startIndex: number;
  /** The item after the last one. */
  readonly endIndex: number;
  /** How it ended. */
  readonly status: "FAILED" | "CRASHED";
  /** Why, in words: `exit code 3`, `signal SIGSEGV`, `timeout`, `stalled`, `stopped`, `incomplete` … */
  readonly reason: string;
  /** How many attempts it had. */
  readonly attempts: number;
  /** What its last attempt said last, or nothing. */
  readonly message: string;
  /** The last lines of its last attempt, 20 at most. */
  readonly log: readonly string[];
}

/** A signal that stops a run. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** How a run is stopped: `drain` starts no more, `stop` asks what runs to end, `kill` does not ask. */
export type StopLevel = "drain" | "stop" | "kill";

/** What stopped a run before its work was done. */
export type StopCause =
  | { readonly kind: "signal"; readonly signal: StopSignal }
  | { readonly kind: "abort" }
  | { readonly kind: "runTimeout" }
  | { readonly kind: "halt"; readonly failures: number };

/** How often things went otherwise than they should, without being a failure. */
export interface Irregularities {
  /** Lines with a known prefix and a value that does not parse. */
  readonly malformed: number;
  /** Progress that went backwards or past the range. */
  readonly anomalies: number;
  /** Bytes cut from lines longer than 64 KiB. */
  readonly droppedBytes: number;
  /** Attempts that left processes behind; those of their group were then ended. */
  readonly leaked: number;
  /** Attempts that had to be killed as they did not end within the grace period. */
  readonly forcedKills: number;
}

/** What a run came to. */
export interface RunSummary extends Irregularities {
  /** Whether every range is done. */
  readonly ok: boolean;
  /** The run's id, as workers see it in `EXECUTOR_RUN_ID`. */
  readonly runId: string;
  /** Items of the job. */
  readonly totalItems: number;
  /** Items of the ranges that are done, and of checkpoints reached by others. */
  readonly doneItems: number;
  /** Number of ranges. */
  readonly ranges: number;
  /** Ranges by the status that they ended in; those in none of them never started. */
  readonly counts: Readonly<Record<TerminalStatus, number>>;
  /** Attempts begun, retries included, also those whose process could not be started. */
  readonly attempts: number;
  /** Attempts after the first of a range. */
  readonly retries: number;
  /** The ranges that FAILED or CRASHED for good, in the order in which they ended. */
  readonly failures: readonly RangeFailure[];
  /** What stopped the run, if something did. */
  readonly stoppedBy?: StopCause;
  /** When the run began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
  /** What went wrong beside the work: a reporter that failed, for instance. */
  readonly warnings: readonly string[];
}
