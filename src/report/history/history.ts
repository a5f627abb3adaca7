/**
 * History of a job, as report and live page show it: all runs, attempts and failures up to the last event.
 *
 * All times are in milliseconds of *work time*: the time since the first run began, without the time between a run and the one that
 * resumes it, and without the time for which a run was suspended. So a night between two runs makes a job no longer.
 *
 * @module
 */
import type { Cause } from "../../model/cause.ts";
import type { Estimate } from "../../model/estimate.ts";
import { MAX_IDLE_WORKERS } from "../../model/details.ts";
import type { RangeFailure, RunCounters, StopCause, StopLevel } from "../../model/types.ts";
import type { EndCounts, TerminalStatus } from "../../model/statuses.ts";
import { ATTEMPT_TRAITS, type AttemptStatus } from "./attempt_status.ts";

/** The history of a job at one moment. Lists are not copied: they are valid until the next event. */
export interface RunHistory extends RunFacts {
  /** All attempts, in the order in which they began. */
  readonly attempts: readonly AttemptRecord[];
  /** The attempts that failed or crashed, in groups of equal ones. */
  readonly failures: readonly FailureGroup[];
  /** Items done over time, in order, of bounded number. */
  readonly samples: readonly Sample[];
}

/** The part of a history that does not grow with the number of attempts. */
export interface RunFacts extends Estimate {
  /** Title of the run. */
  readonly title: string;
  /** The command of the workers, as the person wrote it; absent if a function makes it. */
  readonly command?: readonly string[];
  /** Items of the job. */
  readonly totalItems: number;
  /** Number of ranges. */
  readonly ranges: number;
  /** Whether each range has one item, so that a person has items and no ranges. */
  readonly hasOneItemEach: boolean;
  /** Whether `totalItems` and `ranges` are final; otherwise more may come. */
  readonly areRangesKnown: boolean;
  /** Set while ranges are cut as workers take them: how many there will be is not known. */
  readonly areRangesCut?: boolean;
  /** Whether the run goes on, has ended, or was lost: its record breaks off. */
  readonly phase: "running" | "ended" | "lost";
  /** Whether the run is suspended at the moment. */
  readonly isSuspended: boolean;
  /** When the first run began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** When the last run ended, in milliseconds since 1970; absent while it goes on, and if it was lost. */
  readonly endedAt?: number;
  /** Whether the record leaves out all but the ends of ranges and the failures. */
  readonly hasEndsOnly?: boolean;
  /** The work time of this history. */
  readonly now: number;
  /** Number of ranges that ended, by status, as the last run counts them. */
  readonly counts: EndCounts;
  /** Items done now, with the progress of running attempts. */
  readonly doneItems: number;
  /** The runs, the first one first. */
  readonly sessions: readonly Session[];
  /** Where time is left out. */
  readonly breaks: readonly Break[];
  /** Stops, pauses and resizes, in order; the first thousand. */
  readonly marks: readonly Mark[];
  /** Counters of irregularities in all runs. */
  readonly counters: RunCounters;
  /** The first hundred warnings. */
  readonly warnings: readonly string[];
}

/** One run of a job; a job that was resumed has several. */
export interface Session {
  /** The id of the run. */
  readonly runId: string;
  /** When it began. */
  readonly startedAt: number;
  /** When it ended, or the time of its last event if it was lost. */
  readonly endedAt?: number;
  /** Size of its pool when it began. */
  readonly numWorkers: number;
  /** Ranges that were done when it began. */
  readonly resumedRanges: number;
  /** Whether its record breaks off, as after a SIGKILL. */
  readonly isLost: boolean;
}

/** A point where time is left out. */
export interface Break {
  /** `suspended`: somebody pressed Ctrl-Z; `resumed`: another run resumed the job. */
  readonly kind: "suspended" | "resumed";
  /** When, in work time. */
  readonly at: number;
  /** For how long, in milliseconds. */
  readonly ms: number;
}

/** A stop, pause or resize of a run. */
export type Mark =
  | {
    readonly kind: "stopping";
    readonly at: number;
    readonly how: StopLevel;
    readonly cause: StopCause;
  }
  /** No attempts were started from then on. */
  | { readonly kind: "paused"; readonly at: number }
  | { readonly kind: "unpaused"; readonly at: number }
  | { readonly kind: "resized"; readonly at: number; readonly numWorkers: number };

/** An attempt. */
export interface AttemptRecord {
  /** Number of its run in `sessions`. */
  readonly session: number;
  /** Number of its worker. */
  readonly worker: number;
  /** Number of its range. */
  readonly range: number;
  /** Number of the attempt at this range, 1-based. */
  readonly attempt: number;
  /** Its first item. */
  readonly startIndex: number;
  /** The item after its last one. */
  readonly endIndex: number;
  /** When it began. */
  readonly startedAt: number;
  /** When it ended; absent until then. */
  readonly endedAt?: number;
  /** How it ended, or how it stands. */
  readonly status: AttemptStatus;
  /** The last progress that it reported, not clamped. */
  readonly progress: number;
  /** How the range ended with this attempt; absent if it did not. */
  readonly rangeStatus?: TerminalStatus;
  /** Why it did not end well. */
  readonly cause?: Cause;
  /** The first of its items if they are strings, with an ellipsis if there are others. */
  readonly item?: string;
  /** The node where it ran, if the run had several. */
  readonly node?: string;
  /** The number of the worker's process that took it, if that is a resident one: 1 for the first one of its run. */
  readonly process?: number;
  /** When that process answered for the first time, if that was in this attempt. */
  readonly readyAt?: number;
  /** The last message, while it runs. */
  readonly message?: string;
  /** Milliseconds of processor time that it used, once it has ended and if that is known. */
  readonly cpuMs?: number;
  /** The most bytes of memory that it had at one time, once it has ended and if that is known. */
  readonly peakRss?: number;
  /** Set if its range failed, and a later run has done its items, or has tried them again. */
  readonly settled?: "repaired" | "again";
}

/** Failed attempts that differ in nothing but their range. */
export interface FailureGroup extends Pick<RangeFailure, "status" | "cause" | "message" | "log"> {
  /** Indexes of the attempts. */
  readonly attempts: readonly number[];
  /** The files with their complete output: those of the first eight. */
  readonly logFiles: readonly string[];
  /** Whether the log was left out, as there are too many failures. */
  readonly isLogLeftOut: boolean;
}

/** The number of items done at a time. */
export type Sample = readonly [at: number, done: number];

/** Returns when an attempt ended, or the time of the history if it has not. */
export function endOf({ endedAt }: AttemptRecord, { now }: Pick<RunFacts, "now">): number {
  return endedAt ?? now;
}

/** Reports whether an attempt has not ended. */
export function isOpen({ endedAt }: AttemptRecord): boolean {
  return endedAt === undefined;
}

/** Returns whether an attempt failed, crashed or was lost. */
export function isBad({ status }: Pick<AttemptRecord, "status">): boolean {
  return ATTEMPT_TRAITS[status].tone === "bad";
}

/** Returns the number of workers to show: those that had attempts, and all of a pool that is not too large for that. */
export function countWorkers({ sessions, attempts }: RunHistory): number {
  const pool = sessions.reduce((most, { numWorkers }) => Math.max(most, numWorkers), 1);
  return attempts.reduce(
    (most, { worker }) => Math.max(most, worker + 1),
    pool > MAX_IDLE_WORKERS ? 1 : pool,
  );
}
