/**
 * What a report shows: a run, or the runs of a resumed job, from its first event to the last one so far.
 *
 * All times are in milliseconds of *work time*: the time since the first run began, less that between a run and the one
 * that resumes it, and less that for which a run was suspended. So a job that stood still over night is no longer for it,
 * and durations and rates are those of the work.
 *
 * @module
 */
import type { RangeFailure, RunCounters, StopCause, StopLevel } from "../../model/types.ts";
import type { EndCounts, TerminalStatus } from "../../model/statuses.ts";
import { ATTEMPT_TRAITS, type AttemptStatus } from "./attempt_status.ts";

/** All that is known of a job at one moment. What grows with it is not copied: it is valid until the next event. */
export interface RunHistory extends RunFacts {
  /** Every attempt, in the order in which they began. */
  readonly attempts: readonly AttemptRecord[];
  /** The attempts that FAILED or CRASHED, those that are alike together. */
  readonly failures: readonly FailureGroup[];
  /** Items done over time, in order: a bounded number of them, whatever the run. */
  readonly samples: readonly Sample[];
}

/** What does not grow with the number of attempts. */
export interface RunFacts {
  /** What the run is called. */
  readonly title: string;
  /** What the workers run, as the person wrote it; absent when only a function knows. */
  readonly command?: readonly string[];
  /** Items of the job. */
  readonly totalItems: number;
  /** Number of ranges. */
  readonly ranges: number;
  /** Whether these are all items and ranges; otherwise more may come. */
  readonly areRangesKnown: boolean;
  /** Whether the run goes on, has ended, or was lost: its record ends without an end. */
  readonly phase: "running" | "ended" | "lost";
  /** Whether all stands still at the moment. */
  readonly isSuspended: boolean;
  /** When the first run began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The work time up to which this tells. */
  readonly now: number;
  /** Ranges that ended, by status, as the last run counts them. */
  readonly counts: EndCounts;
  /** Items done now, the progress of running attempts included. */
  readonly doneItems: number;
  /** The runs, the first one first. */
  readonly sessions: readonly Session[];
  /** Where time is left out. */
  readonly breaks: readonly Break[];
  /** What was done to the runs as a whole, in order; the first thousand. */
  readonly marks: readonly Mark[];
  /** What was irregular in all runs. */
  readonly counters: RunCounters;
  /** What went wrong beside the work; the first hundred. */
  readonly warnings: readonly string[];
}

/** One run of a job; a job that was resumed has several. */
export interface Session {
  /** The id of the run. */
  readonly runId: string;
  /** When it began. */
  readonly startedAt: number;
  /** When it ended, or was heard of last. */
  readonly endedAt?: number;
  /** Size of its pool at first. */
  readonly numWorkers: number;
  /** Ranges that were done when it began. */
  readonly resumedRanges: number;
  /** Whether its record ends without an end, as after a SIGKILL. */
  readonly isLost: boolean;
}

/** A place where time is left out. */
export interface Break {
  /** `suspended`: somebody pressed Ctrl-Z; `resumed`: another run took the job up. */
  readonly kind: "suspended" | "resumed";
  /** When, in work time. */
  readonly at: number;
  /** For how long, in milliseconds. */
  readonly ms: number;
}

/** What somebody did to a run, and when. */
export type Mark =
  | {
    readonly kind: "stopping";
    readonly at: number;
    readonly how: StopLevel;
    readonly cause: StopCause;
  }
  /** Nothing was started from then on. */
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
  /** First item that it was given. */
  readonly startIndex: number;
  /** The item after the last one. */
  readonly endIndex: number;
  /** When it began. */
  readonly startedAt: number;
  /** When it ended; absent while it has not. */
  readonly endedAt?: number;
  /** What came of it. */
  readonly status: AttemptStatus;
  /** The last progress that it said; as said, not clamped. */
  readonly progress: number;
  /** How the range ended with this attempt; absent when it did not. */
  readonly rangeStatus?: TerminalStatus;
  /** Why it ended as it did, when it was not well. */
  readonly reason?: string;
  /** The first of its items, with an ellipsis when there are others, in a job that is made of strings. */
  readonly item?: string;
  /** The machine where it ran, when the run had several. */
  readonly node?: string;
}

/** Attempts that differ in their range alone. */
export interface FailureGroup extends Pick<RangeFailure, "status" | "reason" | "message" | "log"> {
  /** Their places among the attempts. */
  readonly attempts: readonly number[];
  /** The files that hold all that they printed. */
  readonly logFiles: readonly string[];
  /** Whether the log was left out, as there are too many failures to keep it for each. */
  readonly isLogLeftOut: boolean;
}

/** How many items were done at a time. */
export type Sample = readonly [at: number, done: number];

/** When an attempt ended, or how far it has come: that of the history. */
export function endOf({ endedAt }: AttemptRecord, { now }: Pick<RunFacts, "now">): number {
  return endedAt ?? now;
}

/** Whether an attempt is at work. */
export function isOpen({ status }: AttemptRecord): boolean {
  return ATTEMPT_TRAITS[status].end === "open";
}

/** Returns whether an attempt failed, crashed or was lost. */
export function isBad({ status }: Pick<AttemptRecord, "status">): boolean {
  return ATTEMPT_TRAITS[status].tone === "bad";
}
