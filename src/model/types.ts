/**
 * Nouns of a run: workers and their ranges, failures, stops, counters and the summary.
 *
 * @module
 */
import type { Cause } from "./cause.ts";
import type { Count, Positive } from "./numbers.ts";
import type { EndCounts, FailedStatus, TaskStatus } from "./statuses.ts";

/** The range of a worker, as its command gets it. */
export interface ExtraData {
  /** First item of the range. */
  startIndex: number;
  /** The item after the last one. */
  endIndex: number;
  /** Number of the range in the run, 0-based. */
  range: number;
  /** The items themselves, in a job of `items`. */
  items?: readonly string[];
}

/** A worker: a slot of the pool, and its current or last attempt. */
export interface WorkerState {
  /** Number of the worker, 0-based. */
  readonly index: number;
  /** The status that its panel shows: that of its range, or what its process has reported last. */
  readonly status: TaskStatus;
  /** Items done in this attempt, as the worker reported them; not clamped to `total`. */
  readonly progress: number;
  /** The share of its range that is done, from 0 to 1, if the program counts in units of its own. */
  readonly share?: number;
  /** Items of its range. */
  readonly total: number;
  /** The last message of this attempt. */
  readonly message: string;
  /** The attempt at its range, 1-based; 0 before the first. */
  readonly attempt: number;
  /** The number of the last attempt that its range may have. */
  readonly maxAttempt: number;
  /** The range of the attempt: what is left of it, if a retry begins at a checkpoint. */
  readonly extraData: ExtraData;
  /** The items of the attempt, in a job of `items`. */
  readonly items?: readonly string[];
  /** The item, in a job of `items`, if the attempt has exactly one. */
  readonly item?: string;
  /** The milliseconds that its range took in an earlier run, if ranges are ordered by that. */
  readonly expected?: number;
  /** When the attempt began, in milliseconds since 1970, plus the time for which the run was suspended since. */
  readonly startedAt?: number;
  /** When the attempt ended, in milliseconds since 1970. */
  readonly endedAt?: number;
  /** When the next attempt begins, in milliseconds since 1970, while RETRYING. */
  readonly retryAt?: number;
  /** Why the last attempt did not end well, if it did not. */
  readonly cause?: Cause;
  /** What the attempt waits for before its process can start, in words. */
  readonly waitsFor?: string;
  /** The file that holds all that the attempt printed, once it has ended. */
  readonly logFile?: string;
  /** When its last progress or message came, in milliseconds since 1970; absent before the first. */
  readonly signAt?: number;
  /** The median duration of the attempts that ended well, in milliseconds; absent unless the attempt counts as slow. */
  readonly slowBeside?: number;
  /** The machine where it runs, or ran last, if the launcher has several. */
  readonly node?: string;
  /** The GPU of its process, as `CUDA_VISIBLE_DEVICES` names it, if it has one. */
  readonly gpu?: string;
  /** The number of processors that it is told to use, if it is told one. Only `getCommand` gets it. */
  readonly cpus?: number;
  /** What its processes used in the last second, if that was measured. */
  readonly usage?: Usage;
  /** What the attempt has used from its start to its end, once it has ended and if that is known. */
  readonly used?: ResourceUse;
  /**
   * Its process, if it is a resident worker and that process takes more ranges: the `number` of the process, from 1; when it
   * was started, as `startedAt` above; and how many `ranges` it has done.
   */
  readonly process?: {
    readonly number: number;
    readonly startedAt: number;
    readonly ranges: number;
  };
  /** The last lines of this attempt's stdout and stderr that were no signals: 200 at most, and fewer if they are long. */
  readonly log: readonly string[];
}

/** The processors and the memory that a worker's processes use. */
export interface Usage {
  /**
   * Processors in use, 1 for one that is busy all the time.
   *
   * @minimum 0
   */
  readonly cpu: number;
  /** Bytes of resident memory; what processes share counts for each. */
  readonly rss: Count;
  /** The most bytes of resident memory since the start of the process, as far as that is known. */
  readonly peakRss?: Count;
}

/** What the processes of an attempt used from its start to its end, all together. docs/limits.md tells how exact that is. */
export interface ResourceUse {
  /**
   * Seconds of processor time, those of children that have ended included.
   *
   * @minimum 0
   */
  readonly cpuSeconds: number;
  /** The most bytes of resident memory at one time. */
  readonly peakRss: Count;
}

/** A range that ended FAILED or CRASHED for good. */
export interface RangeFailure {
  /** Number of the range. */
  readonly range: number;
  /** First item of the range. */
  readonly startIndex: number;
  /** The item after the last one. */
  readonly endIndex: number;
  /** The items themselves, in a job of `items`; absent if they have more than 65,536 characters together. */
  readonly items?: readonly string[];
  /** The beginning of the first item, if `items` is absent because they are too long. */
  readonly firstItem?: string;
  /** How it ended. */
  readonly status: FailedStatus;
  /** Why its last attempt did not end well. */
  readonly cause: Cause;
  /** How many attempts it had. */
  readonly attempts: number;
  /** The item at which all attempts ended, if there were at least two attempts and two items. */
  readonly suspect?: Suspect;
  /** The last message of its last attempt, cut after 1,000 characters; empty if there was none. */
  readonly message: string;
  /** The last lines of its last attempt, 20 at most, each cut after 1,000 characters. */
  readonly log: readonly string[];
  /** The file that holds all that its last attempt printed, if there is a log directory. */
  readonly logFile?: string;
}

/** An item that no attempt got past. */
export interface Suspect {
  /** Its number. */
  readonly index: number;
  /** The item itself, in a job of `items`. */
  readonly item?: string;
}

/** A signal that stops a run. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGQUIT" | "SIGALRM" | "SIGXCPU";

/** How a run is stopped: `drain` starts no more attempts, `stop` also asks the running ones to end, `kill` kills them. */
export type StopLevel = "drain" | "stop" | "kill";

/**
 * What stopped a run before its work was done: a `signal`; `abort` of `RunOptions.signal`; a `request`, which is `drain` or
 * `stop` of its handle; `runTimeout`; `halt`, after so many `failures`; `readerGone`, if nobody reads its output any more; or
 * `neverReady`, if no resident worker has ever answered, in so many `tries`.
 *
 * @open More kinds may come in later versions.
 */
export type StopCause =
  | { readonly kind: "signal"; readonly signal: StopSignal }
  | { readonly kind: "abort" }
  | { readonly kind: "request" }
  | { readonly kind: "runTimeout" }
  | { readonly kind: "halt"; readonly failures: Positive }
  | { readonly kind: "readerGone" }
  | { readonly kind: "neverReady"; readonly tries: Positive };

/** Counts of what went wrong without failing a range by itself. */
export interface RunCounters {
  /** Lines with a known prefix and a value that does not parse. */
  readonly malformed: Count;
  /** Times that progress went backwards or past the range, or that an answer of a resident worker had another id. */
  readonly anomalies: Count;
  /** Bytes cut from lines longer than 64 KiB. */
  readonly droppedBytes: Count;
  /** Attempts that left processes behind. The processes of their group were then ended. */
  readonly leaked: Count;
  /** Attempts that had to be killed as they did not end within the grace period. */
  readonly forcedKills: Count;
  /** Attempts that were slow compared with the others. */
  readonly slow: Count;
  /** Attempts whose end nobody saw, as after a machine failed. Their retries do not use up `maxRetries`. */
  readonly lost: Count;
  /** Attempts that a launcher could not start. Their retries do not use up `maxRetries`. */
  readonly launchFailures: Count;
  /** Launches that waited for others to end, as the system had no files, processes or memory left for them. */
  readonly delayedLaunches: Count;
}

/** Counters before anything happened. */
export const ZERO_COUNTERS: RunCounters = {
  malformed: 0,
  anomalies: 0,
  droppedBytes: 0,
  leaked: 0,
  forcedKills: 0,
  slow: 0,
  lost: 0,
  launchFailures: 0,
  delayedLaunches: 0,
};

const COUNTER_NAMES = Object.keys(ZERO_COUNTERS) as (keyof RunCounters)[];

/** Adds up, field by field; a field that is left out is 0. */
export function addCounters(a: RunCounters, b: Partial<RunCounters>): RunCounters {
  const sum: Record<keyof RunCounters, number> = { ...a };
  for (const name of COUNTER_NAMES) sum[name] += b[name] ?? 0;
  return sum;
}

/** The attempt that had the most memory. */
export interface LargestAttempt {
  /** Number of its range. */
  readonly range: number;
  /** Its first item. */
  readonly startIndex: number;
  /** The item after its last one. */
  readonly endIndex: number;
  /** The beginning of its first item, in a job of `items`. */
  readonly firstItem?: string;
  /** The most bytes of resident memory that it had at one time. */
  readonly peakRss: number;
}

/** What the attempts of a run have used, as far as that is known. */
export interface ResourceTotals {
  /** Seconds of processor time that the attempts of this run have used, as far as that is known. */
  readonly cpuSeconds: number;
  /** The attempt of this run that had the most memory; absent if that is not known of any. */
  readonly largest?: LargestAttempt;
}

/** The result of a run. */
export interface RunSummary extends RunCounters, ResourceTotals {
  /** Whether every range is done, and no item is left unread. */
  readonly ok: boolean;
  /**
   * The exit code for a program that does nothing but this run. It is 0 if every range is done. It is 1 if not, or if a file
   * that was promised was not written. If a signal stopped the run, it is 130 (SIGINT), 143 (SIGTERM), 129 (SIGHUP),
   * 131 (SIGQUIT), 142 (SIGALRM) or 152 (SIGXCPU).
   */
  readonly exitCode: number;
  /** The run's id, as workers see it in `EXECUTOR_RUN_ID`. */
  readonly runId: string;
  /** Items of the job. If their number is unknown, as the run stopped before it read all: those that it read. */
  readonly totalItems: number;
  /** Items of the ranges that are done, and those before the checkpoints of others. */
  readonly doneItems: number;
  /** Number of ranges. */
  readonly ranges: number;
  /** Ranges that ended, by status, including those that earlier runs of a resumed job have done. */
  readonly counts: EndCounts;
  /** Items that were skipped, as the files that their workers create are there; `counts` and `doneItems` include them. */
  readonly skipped: number;
  /** Attempts begun, including retries and those whose process could not be started. */
  readonly attempts: number;
  /** Attempts after the first of a range. */
  readonly retries: number;
  /**
   * The first thousand ranges that FAILED or CRASHED for good, in the order in which they ended. `counts` has the number of
   * all. A journal and the events of the run have each of them.
   */
  readonly failures: readonly RangeFailure[];
  /** Ranges that were begun, and are PENDING again as the run was stopped. */
  readonly stopped: number;
  /** What stopped the run, if something did. */
  readonly stoppedBy?: StopCause;
  /** When the run began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Ranges that earlier runs of a resumed job have done. */
  readonly resumedRanges: number;
  /** How long it took, in milliseconds, less the time for which it was suspended. */
  readonly duration: number;
  /** What went wrong that is not part of the work, such as a reporter that failed: the first thousand warnings. */
  readonly warnings: readonly string[];
}
