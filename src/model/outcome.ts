/**
 * Table of outcomes: the status that the end of a process gives to its range.
 *
 * @module
 */
import type { ProcessExit } from "./events.ts";
import { isFailed, type TerminalStatus } from "./statuses.ts";

/** Why the executor itself ended a process. */
export type EndedBy = "stopped" | "timeout" | "stalled" | "slow" | "output lost" | "fault";

/** The facts that are known when a process has ended. */
export interface ProcessEnd {
  /** How it ended; undefined if it could not be ended. */
  readonly exit: ProcessExit | undefined;
  /** The last terminal status that it reported. */
  readonly reported?: TerminalStatus;
  /** Set if the executor ended it. */
  readonly endedBy?: EndedBy;
  /** The error of the protocol that reads its output, if that ended it. */
  readonly fault?: string;
  /** Whether the job is strict, and its progress is short of its range. */
  readonly incomplete: boolean;
}

/** The status of a range, with a reason if it did not end well. */
export interface Outcome {
  readonly status: TerminalStatus;
  readonly reason?: string;
}

/** Returns the outcome of a process that ended. */
export function decideOutcome(
  { exit, reported, endedBy, fault, incomplete }: ProcessEnd,
): Outcome {
  if (endedBy === "stopped") return { status: "FAILED", reason: "stopped" };
  if (fault !== undefined) return { status: "CRASHED", reason: fault };
  if (endedBy !== undefined) return { status: "CRASHED", reason: endedBy };
  if (exit === undefined) return { status: "CRASHED", reason: "lost" };
  if (exit.kind === "lost") return { status: "CRASHED", reason: `lost: ${exit.reason}` };
  if (exit.kind === "launch-failed") return { status: "CRASHED", reason: exit.reason };
  if (exit.kind === "signaled") return { status: "CRASHED", reason: `signal ${exit.signal}` };
  if (exit.code !== 0) {
    return {
      status: reported === "FAILED" ? "FAILED" : "CRASHED",
      reason: `exit code ${exit.code}`,
    };
  }
  if (reported !== undefined && isFailed(reported)) {
    return { status: reported, reason: `said ${reported}` };
  }
  if (incomplete) return { status: "FAILED", reason: "incomplete" };
  return { status: reported ?? "FINISHED" };
}
