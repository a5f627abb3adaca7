/**
 * Table of statuses, from which types, counts, colours, legends and orders are derived. A new status needs its name, its
 * row, and the place that gives a range this status.
 *
 * @module
 */
import type { Count } from "./numbers.ts";

/**
 * The statuses of a range, by name; each value equals its name.
 *
 * - `PENDING`: it has not started, or the run stopped it.
 * - `RUNNING`: a process is at work.
 * - `SUCCESS`: the process ended with code 0, and reported SUCCESS or nothing. All items are done.
 * - `FINISHED`: the process reported FINISHED and ended with code 0; or it did not end well after its last checkpoint. All
 *   items are done.
 * - `FAILED`: an exit code other than 0, a report of FAILED, or the range was cancelled.
 * - `CRASHED`: a signal, a time-out, a stall, lost output, a report of CRASHED, or a process that could not start.
 * - `RETRYING`: it waits for its next attempt.
 */
export const TaskStatus = {
  PENDING: "PENDING",
  RUNNING: "RUNNING",
  SUCCESS: "SUCCESS",
  FAILED: "FAILED",
  CRASHED: "CRASHED",
  RETRYING: "RETRYING",
  FINISHED: "FINISHED",
} as const;

/** One of the names of {@linkcode TaskStatus}. */
export type TaskStatus = typeof TaskStatus[keyof typeof TaskStatus];

/** A status of a range that is done, with all its items. */
export type DoneStatus = "SUCCESS" | "FINISHED";

/** A status of a range that failed for good. */
export type FailedStatus = "FAILED" | "CRASHED";

/** A status in which a range can end. */
export type TerminalStatus = DoneStatus | FailedStatus;

/** The status in which an attempt leaves its range: PENDING if the run stopped it. */
export type AttemptEndStatus = TerminalStatus | "PENDING";

/** The class of a status: its colours, and its place among others, follow from it. */
export type Tone = "good" | "busy" | "waiting" | "idle" | "bad";

/** A row of the table. */
export interface StatusTraits {
  /** Whether a range in this status ended, and how. */
  readonly end: "open" | "done" | "failed";
  /** Its class. */
  readonly tone: Tone;
  /** Set if it has the second colour of its tone, where there are two. */
  readonly isSecond?: true;
  /** Its meaning in a few words. */
  readonly legend: string;
}

/** The row of one status; the types above decide its end. */
type Row<S extends TaskStatus> = StatusTraits & {
  readonly end: S extends DoneStatus ? "done" : S extends FailedStatus ? "failed" : "open";
};

/** The row of each status. */
export const STATUSES: { readonly [S in TaskStatus]: Row<S> } = {
  PENDING: { end: "open", tone: "idle", legend: "not started, or stopped" },
  RUNNING: { end: "open", tone: "busy", legend: "at work" },
  SUCCESS: { end: "done", tone: "good", legend: "ended well" },
  FAILED: {
    end: "failed",
    tone: "bad",
    isSecond: true,
    legend: "exit code other than 0, or reported FAILED",
  },
  CRASHED: { end: "failed", tone: "bad", legend: "signal, time-out, or never started" },
  RETRYING: { end: "open", tone: "waiting", legend: "waits for its next attempt" },
  FINISHED: {
    end: "done",
    tone: "good",
    isSecond: true,
    legend: "reported FINISHED, or done by checkpoint",
  },
};

const STATUS_NAMES = Object.values(TaskStatus);
/** The statuses of ranges that are done. */
export const DONE_STATUSES: readonly DoneStatus[] = STATUS_NAMES.filter(isDone);
/** The statuses of ranges that failed for good. */
export const FAILED_STATUSES: readonly FailedStatus[] = STATUS_NAMES.filter(isFailed);
/** The statuses in which a range can end. */
export const TERMINAL_STATUSES: readonly TerminalStatus[] = [...DONE_STATUSES, ...FAILED_STATUSES];
/** The order of tones in legends and sorted tables. */
export const TONES: readonly Tone[] = ["good", "busy", "waiting", "idle", "bad"];

/** Returns whether a range in this status is done, all its items counted. */
export function isDone(status: TaskStatus): status is DoneStatus {
  return STATUSES[status].end === "done";
}

/** Returns whether a range in this status ended, and is not done. */
export function isFailed(status: TaskStatus): status is FailedStatus {
  return STATUSES[status].end === "failed";
}

/** Returns whether a range can end in this status. */
export function isTerminal(status: TaskStatus): status is TerminalStatus {
  return STATUSES[status].end !== "open";
}

/** Ranges that ended, by status. */
export type EndCounts = Readonly<Record<TerminalStatus, Count>>;

/** Ranges that are done, by status. */
export type DoneCounts = Readonly<Record<DoneStatus, Count>>;

/** Returns a record with the count of each of these statuses. */
export function countsOf<S extends TaskStatus>(
  statuses: readonly S[],
  count: (status: S) => number,
): Record<S, number> {
  return Object.fromEntries(statuses.map((status) => [status, count(status)])) as Record<S, number>;
}

/** Returns how many ranges are done. */
export function countDone(counts: Partial<DoneCounts>): number {
  return DONE_STATUSES.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
}

/** Returns how many ranges ended, and are not done. */
export function countFailed(counts: Pick<EndCounts, FailedStatus>): number {
  return FAILED_STATUSES.reduce((sum, status) => sum + counts[status], 0);
}
