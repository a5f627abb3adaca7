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

/** What a worker is asked to do: the range, as its command sees it. */
export interface ExtraData {
  /** First item of the range. */
  startIndex: number;
  /** The item after the last one. */
  endIndex: number;
  /** Number of the range in the run, 0-based. */
  rangeIndex: number;
  /** The items themselves, from `startIndex` on, in a job that is made of `items`. */
  items?: readonly string[];
}

/** A slot of the pool: what it does now, or did last. */
export interface WorkerState {
  /** Number of the worker, 0-based. */
  readonly index: number;
  /** What its panel shows; the worker may set it while it runs. */
  readonly status: TaskStatus;
  /** Items done in this attempt, as the worker said; not clamped to `total`. */
  readonly progress: number;
  /** What share of its range is done, from 0 to 1, where the program counts in units of its own. */
  readonly share?: number;
  /** Items of its range. */
  readonly total: number;
  /** The last message of this attempt. */
  readonly message: string;
  /** The attempt at its range, 1-based; 0 before the first. */
  readonly attempt: number;
  /** The number of the last attempt that its range may have. */
  readonly maxAttempt: number;
  /** The range it works on. */
  readonly extraData: ExtraData;
  /** When the attempt began, in milliseconds since 1970; later by the time for which the run was suspended since. */
  readonly startedAt?: number;
  /** When the attempt ended, in milliseconds since 1970. */
  readonly endedAt?: number;
  /** When the next attempt begins, in milliseconds since 1970, while RETRYING. */
  readonly retryAt?: number;
  /** Why the last attempt ended as it did, when it was not well. */
  readonly reason?: string;
  /** The file that holds all that the attempt printed, once it has ended. */
  readonly logFile?: string;
  /** When its last progress or message came, in milliseconds since 1970; absent before the first. */
  readonly signAt?: number;
  /** The median time of ranges, in milliseconds, when the attempt is slow beside that. */
  readonly slowBeside?: number;
  /** The machine where it runs, or ran last, when a launcher has several. */
  readonly node?: string;
  /** What its processes took of late, where that can be had. */
  readonly usage?: Usage;
  /** The last lines of this attempt's stdout and stderr that were no signals. */
  readonly log: readonly string[];
}

/** What a worker's processes take of the machine. */
export interface Usage {
  /** Processors in use, 1 for one that is busy all the time. */
  readonly cpu: number;
  /** Bytes of memory that are resident; what processes share counts for each. */
  readonly rss: number;
}

/** A range that ended FAILED or CRASHED for good. */
export interface RangeFailure {
  /** Number of the range. */
  readonly rangeIndex: number;
  /** First item of the range. */
  readonly startIndex: number;
  /** The item after the last one. */
  readonly endIndex: number;
  /** The items themselves, in a job that is made of `items`; absent when its last attempt began at a checkpoint. */
  readonly items?: readonly string[];
  /** How it ended. */
  readonly status: "FAILED" | "CRASHED";
  /** Why, in words: `exit code 3`, `signal SIGSEGV`, `timeout`, `stalled`, `stopped`, `incomplete` … */
  readonly reason: string;
  /** How many attempts it had. */
  readonly attempts: number;
  /** The item at which all of these ended, when there were two or more of them, and of items. */
  readonly suspect?: Suspect;
  /** What its last attempt said last, or nothing. */
  readonly message: string;
  /** The last lines of its last attempt, 20 at most. */
  readonly log: readonly string[];
  /** The file that holds all that its last attempt printed, when there is a log directory. */
  readonly logFile?: string;
}

/** An item that no attempt got past. */
export interface Suspect {
  /** Its number. */
  readonly index: number;
  /** The item itself, in a job that is made of `items`. */
  readonly item?: string;
}

/** A signal that stops a run. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** How a run is stopped: `drain` starts no more, `stop` asks what runs to end, `kill` does not ask. */
export type StopLevel = "drain" | "stop" | "kill";

/** What stopped a run before its work was done. */
export type StopCause =
  | { readonly kind: "signal"; readonly signal: StopSignal }
  | { readonly kind: "abort" }
  /** Somebody asked for a drain. */
  | { readonly kind: "request" }
  | { readonly kind: "runTimeout" }
  | { readonly kind: "halt"; readonly failures: number };

/** How often things went otherwise than they should, without being a failure. */
export interface RunCounters {
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
  /** Attempts that were slow beside the others. */
  readonly slow: number;
  /** Attempts whose end nobody saw, on machines that failed for instance: tried again, and not counted as retries. */
  readonly lost: number;
  /** Attempts that a launcher could not start: tried again, and not counted as retries. */
  readonly launchFailures: number;
  /** Times that a launch waited for others to end, as the system had no files, processes or memory left for it. */
  readonly delayedLaunches: number;
}

/** What a run came to. */
export interface RunSummary extends RunCounters {
  /** Whether every range is done, and no item is left unread. */
  readonly ok: boolean;
  /** The run's id, as workers see it in `EXECUTOR_RUN_ID`. */
  readonly runId: string;
  /** Items of the job; those that were read, where nobody knows how many more would have come. */
  readonly totalItems: number;
  /** Items of the ranges that are done, and of checkpoints reached by others. */
  readonly doneItems: number;
  /** Number of ranges. */
  readonly ranges: number;
  /** Ranges by the status that they ended in, those done by earlier runs of a resumed job among them; the others never ended. */
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
  /** Ranges that earlier runs of a resumed job had done. */
  readonly resumedRanges: number;
  /** How long it took, in milliseconds, less the time for which it was suspended. */
  readonly durationMs: number;
  /** What went wrong beside the work: a reporter that failed, for instance. */
  readonly warnings: readonly string[];
}

/** The items of a worker's range as strings; nothing when its last attempt had only those after a checkpoint. */
export function itemsOf(
  worker: WorkerState | undefined,
  { startIndex }: { startIndex: number },
): readonly string[] | undefined {
  const { extraData } = worker ?? {};
  return extraData?.startIndex === startIndex ? extraData.items : undefined;
}

/** Nothing went otherwise. */
export const NO_IRREGULARITIES: RunCounters = {
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

/** Adds up, field by field; a field that is left out is 0. */
export function addCounters(a: RunCounters, b: Partial<RunCounters>): RunCounters {
  return {
    malformed: a.malformed + (b.malformed ?? 0),
    anomalies: a.anomalies + (b.anomalies ?? 0),
    droppedBytes: a.droppedBytes + (b.droppedBytes ?? 0),
    leaked: a.leaked + (b.leaked ?? 0),
    forcedKills: a.forcedKills + (b.forcedKills ?? 0),
    slow: a.slow + (b.slow ?? 0),
    lost: a.lost + (b.lost ?? 0),
    launchFailures: a.launchFailures + (b.launchFailures ?? 0),
    delayedLaunches: a.delayedLaunches + (b.delayedLaunches ?? 0),
  };
}
