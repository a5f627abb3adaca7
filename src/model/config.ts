/**
 * What a job is, and how to run it.
 *
 * @module
 */
import type { Protocol } from "./protocol.ts";

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
  /**
   * How many items the job has, counted from 0; 0 is a run that succeeds at once. To be left out when there are `items`,
   * unless their number is known before they are read: it is shown then.
   */
  totalItems?: number;
  /**
   * The items themselves, as strings: a worker finds those of its range in `extraData.items`. They are read while the run
   * goes on, some thousands ahead, and may come as slowly as they like. An iterator that can be used once serves one run.
   */
  items?: Iterable<string> | AsyncIterable<string>;
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
  /**
   * Items of a range, at least 1, handed to whichever worker is free. When left out, there is one range per worker; or one
   * per item, in a job that is made of `items`.
   */
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
  /**
   * Makes what says what the lines of an attempt mean, for each attempt anew: `() => new PatternProtocol(/…/)`, for
   * instance, or a handler of your own. One that throws ends its attempt, which is CRASHED.
   *
   * @default {() => new ProtocolHandler()}
   */
  protocol?: () => Protocol;
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
  /**
   * How many times the median of the attempts that ended well (from the fifth on) an attempt may take before it counts as
   * slow, and there is a warning; more than 1. Nothing is slow when left out.
   */
  slowAfter?: number;
  /**
   * Whether a slow attempt is ended as CRASHED, `slow`, and tried again; the last attempt at a range never is.
   * Needs `slowAfter` and `maxRetries`.
   *
   * @default {false}
   */
  killSlow?: boolean;
  /**
   * Whether a range is split when all its attempts, two at least, ended at the same item: around that item, so that all
   * others get done. The item is the one after those that the worker said were done. Needs `maxRetries`.
   *
   * @default {false}
   */
  isolate?: boolean;
  /** When the run gives up; it never does when left out. */
  haltOn?: HaltOn;
  /**
   * A directory, made when missing, for a file per attempt that holds its stdout and stderr as they came:
   * `range-00012.attempt-2.log`. A file of that name that is there already is replaced.
   */
  logDir?: string;
  /**
   * A directory, made when missing, for a folder per range, `range-00012/`, with what its last attempt printed, in the files
   * `stdout` (lines that are signals left out) and `stderr`. When both are whole, and not before, there is a file `exit`: its
   * line is the exit code, the name of the signal, or else why the range did not end well.
   */
  results?: string;
}
