/**
 * What a job is, and how to run it.
 *
 * @module
 */

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
   * @default {what the launcher has room for; `navigator.hardwareConcurrency` on this machine}
   */
  numWorkers?: number;
  /**
   * How often a range that FAILED or CRASHED is tried again, at least 0: `maxRetries + 1` attempts in all.
   *
   * @default {0}
   */
  maxRetries?: number;
  /**
   * How often a range is tried again after an attempt whose end nobody saw, as its machine failed, at least 0. Such an
   * attempt does not count against `maxRetries`.
   *
   * @default {10}
   */
  maxLost?: number;
  /**
   * How often a range is tried again after a launcher could not start it, as the engine was away, at least 0. Such an attempt
   * does not count against `maxRetries`, either.
   *
   * @default {20}
   */
  maxLaunchFailures?: number;
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
  /**
   * A directory, made when missing, for a file per attempt that holds its stdout and stderr as they came:
   * `range-00012.attempt-2.log`. A file of that name that is there already is replaced.
   */
  logDir?: string;
}
