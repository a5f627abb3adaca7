/**
 * What can happen in a run. Reporters read these, and nothing else but the state that they fold into.
 *
 * @module
 */
import type {
  RunCounters,
  StopCause,
  StopLevel,
  TaskStatus,
  TerminalStatus,
  Usage,
} from "./types.ts";

/** What every event of an attempt names. */
export interface AttemptRef {
  /** The slot that it runs in. */
  readonly worker: number;
  /** Number of its range. */
  readonly range: number;
  /** Number of the attempt at this range, 1-based; `range` and `attempt` together never repeat in a run. */
  readonly attempt: number;
}

/** How a process ended. */
export type ProcessExit =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signaled"; readonly signal: string }
  /** It never ran. When that is permanent, another attempt would end the same way. */
  | { readonly kind: "launch-failed"; readonly reason: string; readonly permanent?: boolean }
  /** It ran, and nobody saw its end: its machine failed, or what stood between went away. */
  | { readonly kind: "lost"; readonly reason: string };

/** What happened, without its time. */
export type EventBody =
  | {
    readonly kind: "run-started";
    readonly runId: string;
    readonly totalItems: number;
    readonly ranges: number;
    /**
     * Set in a job that is made of strings, whose ranges become known by `items-read`: whether `totalItems` is their
     * number, or is not known yet and 0.
     */
    readonly items?: "counted" | "uncounted";
    readonly numWorkers: number;
    readonly maxRetries: number;
    /** Items per range, when ranges were split by that; absent when there are as many ranges as workers. */
    readonly chunkSize?: number;
    readonly retryFrom: "start" | "checkpoint";
    /** Milliseconds without progress or message after which an attempt is ended; absent when it never is. */
    readonly stallTimeout?: number;
    /** What the workers run, as the person wrote it; absent when only a function knows. */
    readonly command?: readonly string[];
    /** Columns of the grid; as many as fit when absent. */
    readonly gridCols?: number;
    /** What earlier runs of the job came to; absent in the first one. */
    readonly resumed?: Resumed;
  }
  /** Items of a job that is made of strings were read; comes before any attempt at them. */
  | {
    readonly kind: "items-read";
    /** Items read so far. */
    readonly totalItems: number;
    /** Ranges that they make. */
    readonly ranges: number;
    /** Those among them that earlier runs of a resumed job have done. */
    readonly resumed?: Resumed;
    /** Whether no more will come. */
    readonly isComplete: boolean;
  }
  /** A worker took a range, or takes it again; its process comes next. */
  | AttemptRef & {
    readonly kind: "attempt-started";
    readonly startIndex: number;
    readonly endIndex: number;
    /** The items themselves, in a job that is made of strings. */
    readonly items?: readonly string[];
    /** The number of the last attempt that this range may have. */
    readonly maxAttempt: number;
  }
  /** Its process cannot be started for want of files, processes or memory: it waits until others have ended. */
  | AttemptRef & { readonly kind: "launch-delayed"; readonly reason: string }
  | AttemptRef & {
    readonly kind: "spawned";
    /** Its number on the machine where it runs. */
    readonly pid: number;
    /** The machine where it runs, when a launcher has several. */
    readonly node?: string;
    /** What the launcher's engine calls it. */
    readonly engineId?: string;
    readonly argv: readonly string[];
  }
  /**
   * The last progress said, at most ten times a second, as said, not clamped. Of a program that says what share of its
   * range is done, from 0 to 1, `done` has the whole items of it.
   */
  | AttemptRef & { readonly kind: "progress"; readonly done: number; readonly share?: number }
  | AttemptRef & { readonly kind: "status"; readonly status: TaskStatus }
  /** The last message said, at most ten times a second. */
  | AttemptRef & { readonly kind: "message"; readonly text: string }
  /** What its processes took of the machine in the last second, when a reporter wants to know. */
  | AttemptRef & { readonly kind: "usage"; readonly usage: Usage }
  /** It takes too long beside the others; both in milliseconds. */
  | AttemptRef & { readonly kind: "slow"; readonly elapsed: number; readonly median: number }
  /** Lines of stdout and stderr that were no signals, in the order in which they were read. */
  | AttemptRef & { readonly kind: "log"; readonly lines: readonly string[] }
  | AttemptRef & AttemptEnd & { readonly kind: "attempt-ended" }
  /** The range waits for its next attempt. */
  | AttemptRef & {
    readonly kind: "retry-scheduled";
    /** Milliseconds until then. */
    readonly delay: number;
    /** The first item that is not safely done: where the next attempt begins. */
    readonly nextIndex: number;
  }
  | AttemptRef & {
    readonly kind: "range-ended";
    readonly status: TerminalStatus;
    readonly reason?: string;
    /** The range as it was split, whatever part of it the last attempt had. */
    readonly startIndex: number;
    readonly endIndex: number;
    /** The first item that is not safely done; `endIndex` when the range is done. */
    readonly nextIndex: number;
    /** The item at which all attempts of the run ended, when there were two or more of them, and of items. */
    readonly suspect?: number;
  }
  /** All attempts ended at one item: the range keeps it, and other ranges get the others. */
  | AttemptRef & {
    readonly kind: "range-split";
    /** First item that the range keeps: those that are safely done, and the one. */
    readonly startIndex: number;
    /** The item after the one. */
    readonly endIndex: number;
    /** The new ranges. */
    readonly into: readonly {
      readonly range: number;
      readonly startIndex: number;
      readonly endIndex: number;
    }[];
  }
  /** An attempt left processes behind; those of its group were ended, perhaps by force. */
  | AttemptRef & { readonly kind: "leaked"; readonly forced: boolean }
  | {
    readonly kind: "run-stopping";
    readonly how: StopLevel;
    readonly cause: StopCause;
  }
  /** There are more workers now, or fewer as soon as they have ended their ranges. */
  | { readonly kind: "pool-resized"; readonly numWorkers: number }
  /** Nothing is started until `run-unpaused`. */
  | { readonly kind: "run-paused" }
  | { readonly kind: "run-unpaused" }
  /** All stands still, workers and clocks, as somebody pressed Ctrl-Z. */
  | { readonly kind: "run-suspended" }
  /** All goes on. */
  | { readonly kind: "run-continued" }
  | { readonly kind: "warning"; readonly text: string }
  /** A reporter threw, and sees no more. */
  | { readonly kind: "reporter-failed"; readonly reporter: string; readonly message: string }
  | { readonly kind: "run-ended" };

/** An event of an attempt, without its {@linkcode AttemptRef}. */
export type AttemptEvent = WithoutRef<Extract<EventBody, AttemptRef>>;

type WithoutRef<T> = T extends AttemptRef ? Omit<T, keyof AttemptRef> : never;

/** What came of an attempt. */
export interface AttemptEnd extends Partial<RunCounters> {
  /** What its range would be if it were the last attempt. */
  readonly status: TerminalStatus;
  /** Why, in words; absent when it ended well. */
  readonly reason?: string;
  /** Absent when it never started. */
  readonly exit?: ProcessExit;
  /** The last progress that it said. */
  readonly progress: number;
  /** The share of its range that it said last, from 0 to 1, when that was its progress; no checkpoint goes by it. */
  readonly share?: number;
  /** The file that holds all that it printed. */
  readonly logFile?: string;
}

/** What earlier runs of a job came to. */
export interface Resumed {
  /** Ranges that are done, by status. */
  readonly counts: Readonly<Record<"SUCCESS" | "FINISHED", number>>;
  /** Items that are safely done: those of these ranges, and of checkpoints that others have reached. */
  readonly doneItems: number;
  /** Ranges that others were split into, beside those that there were at first. */
  readonly addedRanges?: number;
}

/** One fact about the run: format version, milliseconds since 1970, and what happened. */
export type RunEvent = EventBody & { readonly v: 1; readonly t: number };
