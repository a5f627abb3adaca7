/**
 * What the end of a process means for its range: the table of outcomes.
 *
 * @module
 */
import type { ProcessExit } from "./events.ts";
import type { TerminalStatus } from "./types.ts";

/** Why the executor itself ended a process. */
export type EndedBy = "stopped" | "timeout" | "stalled" | "slow" | "output lost" | "fault";

/** What is known when a process has ended. */
export interface ProcessEnd {
  /** How it ended; unknown when it could not be ended. */
  readonly exit: ProcessExit | undefined;
  /** The last terminal status that it said. */
  readonly reported?: TerminalStatus;
  /** Set when it ended because the executor wanted it to. */
  readonly endedBy?: EndedBy;
  /** Why what it said cannot be understood, when it was ended by a fault. */
  readonly fault?: string;
  /** Whether its progress is short of its range and the job is strict about that. */
  readonly incomplete: boolean;
}

/** The status of the range, with a reason when it did not end well. */
export interface Outcome {
  readonly status: TerminalStatus;
  readonly reason?: string;
}

/** Looks an outcome up. */
export function decideOutcome(
  { exit, reported: said, endedBy, fault, incomplete }: ProcessEnd,
): Outcome {
  if (endedBy === "stopped") return { status: "FAILED", reason: "stopped" };
  if (fault !== undefined) return { status: "CRASHED", reason: fault };
  if (endedBy !== undefined) return { status: "CRASHED", reason: endedBy };
  if (exit === undefined) return { status: "CRASHED", reason: "lost" };
  if (exit.kind === "lost") return { status: "CRASHED", reason: `lost: ${exit.reason}` };
  if (exit.kind === "launch-failed") return { status: "CRASHED", reason: exit.reason };
  if (exit.kind === "signaled") return { status: "CRASHED", reason: `signal ${exit.signal}` };
  if (exit.code !== 0) {
    return { status: said === "FAILED" ? "FAILED" : "CRASHED", reason: `exit code ${exit.code}` };
  }
  if (said === "FAILED" || said === "CRASHED") return { status: said, reason: `said ${said}` };
  if (incomplete) return { status: "FAILED", reason: "incomplete" };
  return { status: said ?? "FINISHED" };
}
