/**
 * Events: the facts of a run, one interface for each kind. Reporters, journal and report read them, and the state that
 * they reduce to, and nothing else. `deno task generate` derives the JSON schema and the checks of a journal from this
 * file: the doc lines are the descriptions of the schema.
 *
 * @module
 */
import type { AttemptEnd } from "./attempt_end.ts";
import type { Cause } from "./cause.ts";
import type { AttemptRef, EventHead } from "./event_head.ts";
import type { ItemSource, OptionValue } from "./job_origin.ts";
import type { ExecutorProcess } from "./executor_process.ts";
import type { AttemptId, EngineId, NodeName, Path, RunId, RunName } from "./names.ts";
import type { Count, Milliseconds, Positive, Share } from "./numbers.ts";
import type { NumberedRange, Resplit } from "./ranges.ts";
import type { Resumed } from "./resumed.ts";
import type { ExpectedWork, SkippedRange, StartsHeld } from "./start_events.ts";
import type { DoneCounts, TaskStatus, TerminalStatus } from "./statuses.ts";
import type { StopCause, StopLevel, Usage } from "./types.ts";

export type { AttemptEnd } from "./attempt_end.ts";
export { type AttemptRef, type EventHead, FORMAT_VERSION } from "./event_head.ts";
export type { Resumed } from "./resumed.ts";

/**
 * One fact about the run; `kind` tells which. The module `/events` has an interface for each kind. Later versions may have more
 * kinds, and more fields, without another format: ignore those that you do not know.
 */
export type RunEvent =
  | RunStartedEvent
  | ItemsReadEvent
  | AttemptStartedEvent
  | StartsHeldEvent
  | StartsFreedEvent
  | RangeSkippedEvent
  | LaunchDelayedEvent
  | AttemptSpawnedEvent
  | AttemptProgressEvent
  | AttemptStatusEvent
  | AttemptMessageEvent
  | AttemptUsageEvent
  | AttemptSlowEvent
  | AttemptLogEvent
  | AttemptEndedEvent
  | AttemptLeakedEvent
  | RetryScheduledEvent
  | RangeSplitEvent
  | RangeCutEvent
  | RangeEndedEvent
  | OutputWrittenEvent
  | OutputLostEvent
  | RunStoppingEvent
  | PoolResizedEvent
  | RunPausedEvent
  | CancelRequestedEvent
  | RunUnpausedEvent
  | RunSuspendedEvent
  | RunContinuedEvent
  | WarningEvent
  | ReporterFailedEvent
  | EstimateEvent
  | RunEndedEvent;

/** The run begins, or continues a job. */
export interface RunStartedEvent extends EventHead<"run-started">, ExpectedWork {
  /** The id of the run, as workers see it in `EXECUTOR_RUN_ID`. */
  readonly runId: RunId;
  /** The name of the run, for people; several runs may have the same one. */
  readonly name?: RunName;
  /** The process of the executor. */
  readonly executor?: ExecutorProcess;
  /** Items of the job. */
  readonly totalItems: Count;
  /** Ranges that the items are split into, without those of later events `range-split`. */
  readonly ranges: Count;
  /** Set in a job of strings, whose ranges follow in `items-read`. With `uncounted`, `totalItems` is 0: it is not known yet. */
  readonly items?: "counted" | "uncounted";
  /** Size of the pool. */
  readonly numWorkers: Count;
  /** Retries that a range may have. */
  readonly maxRetries: Count;
  /** Items per range, if ranges were split by that; absent if the sizes of the ranges differ by one at most. */
  readonly chunkSize?: Positive;
  /** Milliseconds that a range is to take: the number of ranges grows while workers take them. Absent if it does not. */
  readonly rangeTime?: Milliseconds;
  /** The items that a resumed run splits anew, as it has another chunk size than the run before. */
  readonly resplit?: Resplit;
  /** Where a retry begins: at the start of its range, or at its last checkpoint. */
  readonly retryFrom: "start" | "checkpoint";
  /** Milliseconds without progress or message after which an attempt is ended; absent if it never is. */
  readonly stallTimeout?: Milliseconds;
  /** The command of the workers, as the person wrote it; absent if a function makes it. */
  readonly command?: readonly string[];
  /** How workers get the items on their stdin; absent if they do not. */
  readonly stdin?: "lines" | "nul";
  /** The working directory of the program that began the run, if it is known; relative paths are relative to it. */
  readonly directory?: Path;
  /** The sources of the items, in the order in which they were given. */
  readonly sources?: readonly ItemSource[];
  /** The names of the columns of the items, if their first line had them. */
  readonly columns?: readonly string[];
  /** The options that the program was given, by their fields; absent if it has none. */
  readonly options?: Readonly<Record<string, OptionValue>>;
  /** The directory in which the results of its ranges are kept. */
  readonly results?: Path;
  /** Set if an event `output-written` follows for each range whose output was written. */
  readonly reportsWritten?: boolean;
  /** Ranges of strings that earlier runs had done, at least in part. What was done of them does not count any more: new ranges do their items again. */
  readonly redone?: readonly Count[];
  /** The order of the ranges: `shuffle:SEED`, `largest` or `longest:JOURNAL`; absent if it is that of the items. */
  readonly order?: string;
  /** Requested columns of the grid; as many as fit if absent. */
  readonly gridCols?: Positive;
  /** What earlier runs of the job have done; absent in the first one. */
  readonly resumed?: Resumed;
  /** Set in a record that leaves out all but the ends of ranges and the failures. */
  readonly endsOnly?: boolean;
}

/** Items of a job of strings were read. Comes before all attempts at them. */
export interface ItemsReadEvent extends EventHead<"items-read">, ExpectedWork {
  /** Items read so far. */
  readonly totalItems: Count;
  /** Ranges that they make. If ranges are to take some time, a range is made when a worker takes it: what is left counts as one. */
  readonly ranges: Count;
  /** The items that were read since the last such event; only if their source cannot be read again, as stdin. */
  readonly items?: readonly string[];
  /** What earlier runs of the job have done of these. */
  readonly resumed?: Resumed;
  /** Whether all items were read. */
  readonly isComplete: boolean;
}

/** A worker begins an attempt; its process starts next. */
export interface AttemptStartedEvent
  extends EventHead<"attempt-started">, AttemptRef, ExpectedWork {
  /** The id of the attempt: `runId.range.attempt`. */
  readonly attemptId: AttemptId;
  /** First item of the attempt. */
  readonly startIndex: Count;
  /** The item after its last one. */
  readonly endIndex: Count;
  /** The items themselves, in a job that is made of strings. */
  readonly items?: readonly string[];
  /** Number of the last attempt that the range may have. */
  readonly maxAttempt: Positive;
  /**
   * The number of the process that is to take the range, if it is a resident one: 1 for the first one of its worker in
   * this run. If that process ends before it gets the range, another one takes it: see {@linkcode AttemptSpawnedEvent.process}.
   */
  readonly process?: Positive;
}

/** The attempt waits until others have ended, as the system has no files, processes or memory left for its process. */
export interface LaunchDelayedEvent extends EventHead<"launch-delayed">, AttemptRef {
  /** The resource that is exhausted, in words. */
  readonly reason: string;
}

/** Starts wait. Comes again when the figures have changed, each five seconds at most. */
export interface StartsHeldEvent extends EventHead<"starts-held">, StartsHeld {}

/** Starts no longer wait. */
export type StartsFreedEvent = EventHead<"starts-freed">;

/** A range was skipped, as the file that its worker creates is there: it counts as done. A later run looks again. */
export interface RangeSkippedEvent extends EventHead<"range-skipped">, SkippedRange {}

/** The process of the attempt runs. */
export interface AttemptSpawnedEvent extends EventHead<"spawned">, AttemptRef {
  /** Its process id on the machine where it runs; 0 if the launcher does not know it. */
  readonly pid: Count;
  /** The machine where it runs, if the launcher has several. */
  readonly node?: NodeName;
  /** Its name in the launcher's engine. */
  readonly engineId?: EngineId;
  /** Its command. */
  readonly argv: readonly string[];
  /** The number of the process, if it is a resident one: 1 for the first one of its worker in this run. */
  readonly process?: Positive;
  /** Its GPU, as `CUDA_VISIBLE_DEVICES` names it, if it has one. */
  readonly gpu?: string;
}

/** The last progress reported, at most ten times a second, not clamped to the range. */
export interface AttemptProgressEvent extends EventHead<"progress">, AttemptRef {
  /** Items done in this attempt; the whole items, if the program reports a share. */
  readonly done: Count;
  /** The share of the range that is done, if the program reports that. */
  readonly share?: Share;
}

/** The last status reported. It is also RUNNING when the process of a resident worker answers for the first time. */
export interface AttemptStatusEvent extends EventHead<"status">, AttemptRef {
  /** The status. */
  readonly status: TaskStatus;
}

/** The last message reported, at most ten times a second. */
export interface AttemptMessageEvent extends EventHead<"message">, AttemptRef {
  /** The message. */
  readonly text: string;
}

/** The processors and the memory that the attempt used in the last second; only for reporters that ask for it. */
export interface AttemptUsageEvent extends EventHead<"usage">, AttemptRef {
  /** What its processes used, all together. */
  readonly usage: Usage;
}

/** The attempt takes too long compared with other ranges. */
export interface AttemptSlowEvent extends EventHead<"slow">, AttemptRef {
  /** Milliseconds that it has taken so far. */
  readonly elapsed: Milliseconds;
  /** The median of the others, in milliseconds. */
  readonly median: Milliseconds;
}

/** Lines of stdout and stderr that were no signals, in the order in which they were read. */
export interface AttemptLogEvent extends EventHead<"log">, AttemptRef {
  /** The lines, without their ends. */
  readonly lines: readonly string[];
}

/** The attempt ended; its range may get another one. After the status PENDING, its range has no `range-ended` in this run. */
export interface AttemptEndedEvent extends EventHead<"attempt-ended">, AttemptRef, AttemptEnd {
  /** The first item of the range that is not safely done; only with the status PENDING. */
  readonly nextIndex?: Count;
}

/** The attempt left processes behind, which were ended. */
export interface AttemptLeakedEvent extends EventHead<"leaked">, AttemptRef {
  /** Whether they had to be killed. */
  readonly forced: boolean;
}

/** The range waits for its next attempt. If the run is stopped by then, there is none, and the range is PENDING. */
export interface RetryScheduledEvent extends EventHead<"retry-scheduled">, AttemptRef {
  /** Milliseconds until it begins. */
  readonly delay: Milliseconds;
  /** The item at which it begins: the first one that is not safely done. */
  readonly nextIndex: Count;
}

/** A range was split, as all attempts at it ended at one item: the range keeps that item, and new ranges get the others. */
export interface RangeSplitEvent extends EventHead<"range-split">, AttemptRef {
  /** First item that the range keeps: that item, or the first of those before it that are safely done. */
  readonly startIndex: Count;
  /** The item after the last one that it keeps. */
  readonly endIndex: Count;
  /** The new ranges. */
  readonly into: readonly NumberedRange[];
}

/** A range of numbers was cut before its first attempt, to take about a given time. What is left is another range. */
export interface RangeCutEvent extends EventHead<"range-cut">, NumberedRange {
  /** The number of the range that has what is left: the items from `endIndex` on. */
  readonly rest: Count;
  /** The item after the last one of that. */
  readonly restEnd: Count;
}

/** The range ended for good. */
export interface RangeEndedEvent extends EventHead<"range-ended">, AttemptRef {
  /** How it ended. */
  readonly status: TerminalStatus;
  /** Why its last attempt did not end well; absent if it did. */
  readonly cause?: Cause;
  /** First item of the whole range, even if the last attempt had a part of it. */
  readonly startIndex: Count;
  /** The item after its last one. */
  readonly endIndex: Count;
  /** The items themselves, in a job that is made of strings. */
  readonly items?: readonly string[];
  /** The first item that is not safely done; `endIndex` if the range is done. */
  readonly nextIndex: Count;
  /** The item at which all attempts of the run ended, if there were at least two attempts and two items. */
  readonly suspect?: Count;
}

/** All output of a range was written; only in a run with `reportsWritten`. */
export interface OutputWrittenEvent extends EventHead<"output-written"> {
  /** Number of the range, 0-based. */
  readonly range: Count;
}

/** Output of a range that had ended as done could not be written: the range is CRASHED instead. */
export interface OutputLostEvent extends EventHead<"output-lost"> {
  /** Number of the range, 0-based. */
  readonly range: Count;
  /** The status in which it had ended. */
  readonly status: keyof DoneCounts;
  /** Why its output is lost. */
  readonly cause: Cause;
  /** First item of the range. */
  readonly startIndex: Count;
  /** The item after its last one. */
  readonly endIndex: Count;
  /** The items themselves, in a job that is made of strings. */
  readonly items?: readonly string[];
  /** Attempts that it had. */
  readonly attempts: Count;
}

/** The run is being stopped: no more attempts start. */
export interface RunStoppingEvent extends EventHead<"run-stopping"> {
  /** How running attempts are treated. */
  readonly how: StopLevel;
  /** Why the run is stopped. */
  readonly cause: StopCause;
}

/** The size of the pool was changed; workers that are too many finish their ranges first. */
export interface PoolResizedEvent extends EventHead<"pool-resized"> {
  /** The new size. */
  readonly numWorkers: Positive;
}

/** The run is paused: no attempt starts until `run-unpaused`. */
export type RunPausedEvent = EventHead<"run-paused">;

/** The pause is over. */
export type RunUnpausedEvent = EventHead<"run-unpaused">;

/** Workers and clocks are suspended, as after Ctrl-Z. */
export type RunSuspendedEvent = EventHead<"run-suspended">;

/** The suspension is over. */
export type RunContinuedEvent = EventHead<"run-continued">;

/** Somebody asked to cancel a range, which ends FAILED with the cause `cancelled`, unless it has ended. Has one of the two fields. */
export interface CancelRequestedEvent extends EventHead<"cancel-requested"> {
  /** Number of the range, 0-based. */
  readonly range?: Count;
  /** An item of it: a string of a job of strings, otherwise a number. */
  readonly item?: string | Count;
}

/** Something went wrong that is not part of the work. */
export interface WarningEvent extends EventHead<"warning"> {
  /** What went wrong, in a sentence. */
  readonly text: string;
  /** Set if something was not done, such as to write a log file, or to look for what earlier runs left: the exit code is 1. */
  readonly isUnwritten?: boolean;
  /** Set if nothing went wrong: the sentence names an option that would show more. */
  readonly isHint?: boolean;
}

/** A reporter threw an error, and gets no more events. */
export interface ReporterFailedEvent extends EventHead<"reporter-failed"> {
  /** Name of its class. */
  readonly reporter: string;
  /** The error. */
  readonly message: string;
  /** The file that it was to write, if there is one: it was not written, and the exit code is 1. */
  readonly path?: Path;
}

/**
 * How fast the run goes and when it will end, as all reporters show it. Only `JsonlReporter` writes it, as it follows from the
 * other events: at most once a second, after another event. No other reporter gets it, and no journal has it.
 */
export interface EstimateEvent extends EventHead<"estimate"> {
  /** Items that are done now, with the progress of running attempts. */
  readonly doneItems: Count;
  /**
   * Items per second that were done or failed for good lately.
   *
   * @minimum 0
   */
  readonly rate: number;
  /** Milliseconds to the end of the run; absent if that is not known, such as in a pause, or if more items may come. */
  readonly eta?: Milliseconds;
}

/** The run ended. */
export type RunEndedEvent = EventHead<"run-ended">;
