/**
 * Config of a job, as callers write it.
 *
 * @module
 */
import type { Cause } from "./cause.ts";
import type { Protocol } from "./protocol.ts";

/** The delays before the retries of a range. */
export interface RetryDelay {
  /**
   * Milliseconds before the second attempt.
   *
   * @default {1000}
   */
  initial?: number;
  /**
   * Factor by which each delay is longer than the one before; at least 1.
   *
   * @default {2}
   */
  factor?: number;
  /**
   * The longest delay, in milliseconds.
   *
   * @default {30000, or `initial` if that is more}
   */
  max?: number;
  /**
   * The share of each delay, 0 to 1, that is random, so that workers that failed together are not started again
   * together. With 0.5, the wait is between half of the delay and all of it.
   *
   * @default {0.5}
   */
  jitter?: number;
}

/**
 * What decides whether a failed attempt is followed by another one: the kind of its cause, or its exit code, from 1 to 255.
 * Launches that failed and attempts that were lost have limits of their own.
 */
export type RetryCause =
  | Exclude<Cause["kind"], "launch" | "lost" | "cancelled" | "stopped">
  | number;

/** When a run gives up, and how. */
export interface HaltOn {
  /** The number of ranges that ended FAILED or CRASHED for good; at least 1. */
  failures: number;
  /** `drain` starts no more ranges and lets the running ones end; `kill` stops those too, as a first signal would. */
  how: "drain" | "kill";
}

/**
 * A job, and how to run it. All durations are in milliseconds, from 1 to 864,000,000,000 (10,000 days). Time in which this
 * process did not run, as it was stopped or the machine slept, does not count.
 */
export interface TaskConfig {
  /**
   * The number of items, which are numbered from 0; a run of 0 items succeeds at once. Leave it out if there are `items`,
   * unless their number is known before they are read; then it is shown.
   */
  totalItems?: number;
  /**
   * The items themselves, as strings: a worker finds those of its range in `extraData.items`. They are read during the run,
   * some thousands ahead, at the speed of their source. An iterator, which can be read only once, serves one run; a second one is refused.
   */
  items?: Iterable<string> | AsyncIterable<string>;
  /**
   * What workers find on their stdin: the items of their range, each followed by a newline (`lines`) or by a NUL (`nul`). A job
   * of numbers has them in decimal. A worker need not read all of them, nor any. An item that has such a newline or NUL in it
   * makes its range CRASHED. Only launchers that start workers on this machine can do this.
   *
   * @default {stdin is empty}
   */
  stdin?: "lines" | "nul";
  /**
   * The number of processes that run at once, at least 1; never more than there are ranges.
   *
   * @default {what the launcher has room for; `navigator.hardwareConcurrency` on this machine}
   */
  numWorkers?: number;
  /**
   * The number of retries of a range that FAILED or CRASHED, at least 0: there are `maxRetries + 1` attempts in all.
   *
   * @default {0}
   */
  maxRetries?: number;
  /** The causes of failures that are tried again, and no others; all if left out. Needs `maxRetries`. */
  retryOn?: readonly RetryCause[];
  /** The causes of failures that are not tried again; none if left out. */
  noRetryOn?: readonly RetryCause[];
  /**
   * The number of retries of a range whose process exited with code 75 (`EX_TEMPFAIL` of sysexits.h, a temporary failure), at
   * least 0. Such an attempt does not count against `maxRetries`, and waits like all others.
   *
   * @default {10}
   */
  maxTemporary?: number;
  /**
   * The number of retries of a range whose attempts were lost because their machine failed, at least 0. A lost attempt does
   * not count against `maxRetries`.
   *
   * @default {10}
   */
  maxLost?: number;
  /**
   * The number of retries of a range that its launcher could not start, for instance because the cluster was not available,
   * at least 0. Such an attempt does not count against `maxRetries` either.
   *
   * @default {20; but the run ends after 2 if no resident worker has ever answered}
   */
  maxLaunchFailures?: number;
  /** Columns of the grid, at least 1; as many as fit if left out. */
  gridCols?: number;
  /**
   * Items per range, at least 1; a range is given to the next free worker. `auto` makes about four ranges per worker, of
   * sizes that differ by one at most: then a slow worker, a stop or a crash costs a quarter of its share. In a job of
   * `items`, it needs their number. A run that resumes a journal keeps the ranges of that, unless it has another number
   * here: then the items that are not done are split by it.
   * With a `time` in milliseconds, ranges begin with one item, and grow or shrink so that they take about that long. None is
   * larger than those of `auto`, if the number of items is known. If it is not, a free worker takes what has come by then.
   *
   * @default {one range per worker; one per item in a job of `items`}
   */
  chunkSize?: number | "auto" | { readonly time: number };
  /**
   * The delay before a retry: its parts, or its `initial` as a number, which may be 0.
   *
   * @default {{ initial: 1000, factor: 2, max: 30000, jitter: 0.5 }}
   */
  retryDelay?: number | RetryDelay;
  /**
   * The item at which a retry begins. `checkpoint` is for workers whose `PROGRESS: n` means that the first n items are
   * safely done; if a worker has reported so for all its items and does not end well then, its range is FINISHED. A range
   * that reports FAILED after its last item is tried again from its start.
   *
   * @default {"start"}
   */
  retryFrom?: "start" | "checkpoint";
  /**
   * Whether a range that ends well although its progress is short of its size is FAILED as `incomplete`.
   *
   * @default {false}
   */
  strict?: boolean;
  /**
   * Makes the handler that reads the lines of a worker; it is called for each attempt, for instance
   * `() => new PatternProtocol(/…/)`. A handler that throws ends its attempt, which is CRASHED.
   *
   * @default {() => new ProtocolHandler()}
   */
  protocol?: () => Protocol;
  /**
   * The least time between the starts of two attempts, retries too; it may be 0. A range that waits for its turn is PENDING.
   * No limit if left out.
   */
  startDelay?: number;
  /** The longest time that one attempt may take; no limit if left out. */
  timeout?: number;
  /** The longest time that an attempt may go without progress or message; no limit if left out. */
  stallTimeout?: number;
  /** The longest time that the whole run may take; what still runs then is stopped. No limit if left out. */
  runTimeout?: number;
  /**
   * The time that a worker has to end after it was asked to, before it is killed.
   *
   * @default {10000}
   */
  gracePeriod?: number;
  /**
   * The multiple of the median duration at which an attempt counts as slow, with a warning; more than 1. The median is that
   * of the attempts that ended well, once there are five. If left out, no attempt is slow.
   */
  slowAfter?: number;
  /**
   * Whether a slow attempt is ended as CRASHED, `slow`, and tried again; not the last attempt at a range. Needs
   * `slowAfter` and `maxRetries`.
   *
   * @default {false}
   */
  killSlow?: boolean;
  /**
   * Whether a range whose attempts, two at least, all ended at the same item is split around that item, so that all others
   * get done. The item is the one after those that the worker reported as done. Needs `maxRetries`.
   *
   * @default {false}
   */
  isolate?: boolean;
  /**
   * Whether each worker is one process that stays, and takes one range after another: it is sent them on stdin, and answers on
   * stdout (docs/resident.md). `getCommand` is called once for each process, with a worker that has no range.
   *
   * @default {false}
   */
  resident?: boolean;
  /** The ranges after which the process of a resident worker is replaced by a new one, at least 1; never if left out. */
  lifespan?: number;
  /**
   * The time from its start until a resident worker answers for the first time, by any of the three prefixes. Until then, no other limit
   * of time holds for it.
   *
   * @default {300000}
   */
  readyTimeout?: number;
  /** When the run gives up; never if left out. */
  haltOn?: HaltOn;
  /**
   * A directory for one file per attempt, such as `range-00012.attempt-2.log`, with its stdout and stderr as they came. It is
   * created if it does not exist. One that has logs of another job is refused.
   */
  logDir?: string | URL;
  /**
   * A directory for one folder per range, such as `range-00012/`, with the output of its last attempt in the files `stdout`
   * (without the lines that are signals) and `stderr`. The file `exit` appears once both are whole: its line is the exit
   * code, the name of the signal, or else the kind of the cause and its message. The directory is created if it does not
   * exist. One that has results of another job is refused. A range whose results cannot be kept is CRASHED, with the cause
   * `output-lost`; results of ranges that are done are on disk before the journal says so.
   */
  results?: string | URL;
}
