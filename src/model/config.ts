/**
 * Config of a job, as callers write it.
 *
 * @module
 */
import type { Cause } from "./cause.ts";
import type { Protocol } from "./protocol.ts";
import type { ExtraData } from "./types.ts";

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
  /** `drain` starts no more ranges, and lets the running ones end; `kill` asks these to end, too, as a first signal does. */
  how: "drain" | "kill";
}

/** How many attempts may start in some time. */
export interface StartRate {
  /** The number of attempts, from 1 to 1,000,000. */
  readonly starts: number;
  /** The time, in milliseconds. No time of that length has more starts. */
  readonly per: number;
}

/**
 * The order in which ranges are started:
 *
 * - `given`: that of the items.
 * - `shuffle`: at random. `{ shuffle: seed }` repeats an order: the seed is an integer from 0 to 4,294,967,295, and the event
 *   `run-started` has it.
 * - `largest`: the items are paths of files, and the largest file comes first.
 * - `{ longest: journal }`: by the times that the items took in the last run of a journal, the longest first. Those that it
 *   does not know come before them.
 */
export type StartOrder =
  | "given"
  | "shuffle"
  | "largest"
  | { readonly shuffle: number }
  | { readonly longest: string | URL };

/**
 * A job, and how to run it. All durations are in milliseconds, from 1 to 864,000,000,000 (10,000 days). Time does not count
 * while this process is stopped or the machine sleeps.
 */
export interface TaskConfig {
  /**
   * The number of items, which are numbered from 0; a run of 0 items succeeds at once. Needed unless there are `items`: then
   * it may tell their number before they are read.
   */
  totalItems?: number;
  /**
   * The items themselves, as strings: `getCommand` finds those of a range in `worker.items`. They are read during the run, some
   * thousands ahead. An iterator can be read only once: a second run of it is refused.
   */
  items?: Iterable<string> | AsyncIterable<string>;
  /**
   * What workers find on their stdin: the items of their range, each followed by a newline (`lines`) or by a NUL (`nul`). In a
   * job of numbers, they are decimal. A worker may leave items unread. If an item contains that newline or NUL, its range is
   * CRASHED. Only launchers that start workers on this machine can do this.
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
  /** Only failures with these causes are tried again; all are if it is left out. Needs `maxRetries`. */
  retryOn?: readonly RetryCause[];
  /** Failures with these causes are not tried again, also if `retryOn` has them. */
  noRetryOn?: readonly RetryCause[];
  /**
   * The number of retries of a range whose process exited with code 75 (`EX_TEMPFAIL` of sysexits.h, a temporary failure), at
   * least 0. Such an attempt never counts against `maxRetries`: after the last of these retries, the range is FAILED. There are
   * none if `retryOn` has neither 75 nor `exit`, or `noRetryOn` has one of them.
   *
   * @default {10}
   */
  maxTemporary?: number;
  /**
   * The number of retries of a range after attempts that were lost because their machine failed, at least 0. `maxRetries`
   * does not count these.
   *
   * @default {10}
   */
  maxLost?: number;
  /**
   * The number of retries of a range after attempts that the launcher could not start, such as when the cluster was not
   * available; at least 0. `maxRetries` does not count these either.
   *
   * @default {20; but the run ends after 2 if no `resident` worker has answered by then}
   */
  maxLaunchFailures?: number;
  /** Columns of the grid, at least 1; as many as fit if left out. */
  gridCols?: number;
  /**
   * Items per range, at least 1; the next free worker takes the next range.
   *
   * `auto` makes about four ranges per worker, of sizes that differ by one at most. In a job of `items`, it needs
   * `totalItems`. With a `time` in milliseconds, the first ranges have one item, and later ones have as many as take about
   * that long. None is larger than those of `auto`, if the number of items is known. If it is not, a free worker takes what
   * has come by then.
   *
   * A run that resumes a journal keeps its ranges. If it has another number here, it splits what is not done by that.
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
   * Where a retry begins. `checkpoint` is for workers whose `PROGRESS: n` means that the first n items are safely done: a retry
   * begins after them. If a worker has reported all its items and then does not end well, its range is FINISHED. If it has
   * also reported FAILED, a retry begins at the start of the range.
   *
   * @default {"start"}
   */
  retryFrom?: "start" | "checkpoint";
  /**
   * Whether a range that ends well with progress short of its size is FAILED, with the cause `incomplete`.
   *
   * @default {false}
   */
  strict?: boolean;
  /**
   * Makes what reads the lines of an attempt, such as `() => new PatternProtocol(/…/)`. It is called for each attempt. If the
   * protocol throws, the attempt is ended as CRASHED.
   *
   * @default {() => new ProtocolHandler()}
   */
  protocol?: () => Protocol;
  /**
   * The least time between the starts of two attempts, retries included; it may be 0. No limit if left out.
   */
  startDelay?: number;
  /**
   * The most memory that the processes of one worker may have together: bytes, or a size such as `512M` or `4G` (powers of 1024),
   * at least `1M`. An attempt that has more is ended as CRASHED, with the cause `out-of-memory`. docs/limits.md has more. No limit
   * if left out.
   */
  memory?: number | string;
  /**
   * The memory of this machine that must be free for a process to start: bytes, or a size such as `512M` or `4G`. No process starts while there
   * is less, by `MemAvailable` and by the limit of the control group in which this process is. A worker that has started less
   * than a second ago counts as if it still were to take that much.
   */
  memoryFree?: number | string;
  /**
   * No attempt starts while this number of threads run or wait for a CPU on this machine, those of other programs included;
   * `80%` is relative to the number of CPUs. More than 0.
   */
  load?: number | `${number}%`;
  /** How many attempts may start in some time, retries included, and ranges of resident workers; no limit if left out. */
  rate?: StartRate;
  /**
   * The order in which ranges are started. With any but `given`, all `items` are read before the first start.
   *
   * @default {"given"}
   */
  order?: StartOrder;
  /**
   * Returns the file that the worker of a range creates. A range whose file is there is skipped, and counts as done; but not if
   * its item is a file that has changed since. A range whose worker ends well without making the file is FAILED, with the cause
   * `file-missing`. Needs a `chunkSize` of 1. It is also asked for the file of each item that the journal has as done or begun:
   * `range`, and the `startIndex` of one of `items`, are -1 then.
   */
  creates?: (range: ExtraData) => string;
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
   * How many times the median duration an attempt may take before a warning calls it slow; more than 1. The median is that of
   * the attempts that ended well, once there are five. If left out, no attempt is slow.
   */
  slowAfter?: number;
  /**
   * Whether a slow attempt is ended as CRASHED, with the cause `slow`, and tried again. The last attempt at a range goes on.
   * Needs `slowAfter` and `maxRetries`.
   *
   * @default {false}
   */
  killSlow?: boolean;
  /**
   * Whether to split a range around an item at which all its attempts ended, at least two, so that the other items get done.
   * That item is the one after those that the worker reported as done. Needs `maxRetries`.
   *
   * @default {false}
   */
  isolate?: boolean;
  /**
   * Whether each worker is one process that takes one range after another: it gets them on stdin, and answers on stdout
   * (docs/resident.md). `getCommand` is called once for each process, with a worker that has no range.
   *
   * @default {false}
   */
  resident?: boolean;
  /** The number of ranges after which a new process replaces that of a resident worker, at least 1; no limit if left out. */
  lifespan?: number;
  /**
   * The longest time from the start of a resident worker to its first answer, by any of the three prefixes. Other limits of
   * time begin to hold after that. A worker is also ended if it does nothing for that time after an answer that ends no range,
   * such as one without an id.
   *
   * @default {300000}
   */
  readyTimeout?: number;
  /** When the run gives up; never if left out. */
  haltOn?: HaltOn;
  /**
   * GPUs of this machine that are handed out: how many, up to 1,000; their ids, as `CUDA_VISIBLE_DEVICES` has them; or `auto` for
   * all. If that variable is set, no others are used. Each process has one: `getCommand` finds it in `worker.gpu`, and the process in
   * `CUDA_VISIBLE_DEVICES` and `HIP_VISIBLE_DEVICES`. Only as many workers run at once as there is room for (docs/limits.md).
   */
  gpus?: number | "auto" | readonly (number | string)[];
  /**
   * The number of processes that share a GPU, at least 1. Needs `gpus`.
   *
   * @default {1}
   */
  perGpu?: number;
  /**
   * The number of threads that a worker is to use, at least 1; or `auto` for the processors of this machine divided by the workers
   * at the start. Sets `OMP_NUM_THREADS` and the like, unless they are set already. `getCommand` finds it in `worker.cpus`.
   */
  threads?: number | "auto";
  /**
   * The number of processors that each process has for itself, at least 1. It can run on no others. Only as many workers run at once
   * as there is room for. Needs Linux, taskset(1), and a launcher that starts workers on this machine.
   */
  cpus?: number;
  /**
   * What is added to the niceness of workers, from -20 to 19, as nice(1) does: they yield to other programs if it is above 0. Below
   * 0, it needs the rights of the superuser.
   */
  nice?: number;
  /**
   * A directory for one file per attempt, such as `range-00012.attempt-2.log`, with its stdout and stderr as they came. The run
   * creates it. It rejects if the directory has logs of another job.
   */
  logDir?: string | URL;
  /**
   * A directory for one folder per range, such as `range-00012/`, with the output of its last attempt in the files `stdout`
   * (without the lines that are signals) and `stderr`. The file `exit` appears once both are whole; it has the exit code, the
   * name of the signal, or the kind of the cause and its message. docs/output.md has more.
   *
   * The run creates the directory. It rejects if that has results of another job. If the results of a range cannot be kept,
   * the range is CRASHED, with the cause `output-lost`.
   */
  results?: string | URL;
}
