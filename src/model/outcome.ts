/**
 * Table of outcomes: the status that the end of a process gives to its range.
 *
 * @module
 */
import type { Cause, CauseOf, ProcessExit } from "./cause.ts";
import { type AttemptEndStatus, isFailed, type TerminalStatus } from "./statuses.ts";

/** Why the executor itself ended a process. */
export type EndedBy = CauseOf<
  "timeout" | "stall" | "slow" | "out-of-memory" | "output-lost" | "fault" | "cancelled" | "stopped"
>;

/** The facts that are known when a process has ended. */
export interface ProcessEnd {
  /** How it ended; undefined if it could not be ended. */
  readonly exit: ProcessExit | undefined;
  /** The last terminal status that it reported. */
  readonly reported?: TerminalStatus;
  /** The status that ends its range, if it is a resident worker and has answered. */
  readonly answer?: TerminalStatus;
  /** Whether it is a resident worker that has ended before its answer. */
  readonly isUnanswered?: boolean;
  /** Set if the executor ended it. */
  readonly endedBy?: EndedBy;
  /** The error of the launcher's process itself, if there was one: nothing else that is known of it can be relied on. */
  readonly processFault?: string;
  /** Set if output that was promised could not be kept. */
  readonly lostOutput?: CauseOf<"output-lost">;
  /** The error of the protocol that reads its output, if there was one. */
  readonly fault?: string;
  /** Set if the kernel has killed it for want of memory. */
  readonly memoryKill?: CauseOf<"out-of-memory">;
  /** The node where it ran, if the launcher has several. */
  readonly node?: string;
  /** Set if the job is strict, and its progress is short of its range. */
  readonly incomplete?: CauseOf<"incomplete">;
  /** Whether its last checkpoint is the end of its range. */
  readonly isAllSafe: boolean;
}

/** The status of a range, with the cause if its process did not end well. */
export interface Outcome {
  /** PENDING if the run stopped the process. */
  readonly status: AttemptEndStatus;
  /** Why it did not end well. */
  readonly cause?: Cause;
}

/** Returns the outcome of a process that ended. */
export function decideOutcome(end: ProcessEnd): Outcome {
  const { endedBy, lostOutput, isAllSafe, processFault, reported } = end;
  if (processFault !== undefined) {
    return { status: "CRASHED", cause: { kind: "fault", message: processFault } };
  }
  if (endedBy?.kind === "cancelled") return { status: "FAILED", cause: endedBy };
  if (endedBy?.kind === "stopped") {
    // What it has done since its last checkpoint is not safe without its output.
    if (lostOutput !== undefined) return { status: "PENDING", cause: lostOutput };
    const isDone = reported === "SUCCESS" && decideByExit(end).status === "SUCCESS";
    return isDone ? { status: "SUCCESS" } : { status: "PENDING", cause: endedBy };
  }
  const outcome = decideByItself(end);
  const hasFailed = outcome.status === "CRASHED" || outcome.cause?.kind === "exit";
  // A worker that reports FAILED after its last item contradicts itself.
  const isKept = lostOutput === undefined;
  const isFinished = hasFailed && isAllSafe && isKept && reported !== "FAILED";
  return isFinished ? { ...outcome, status: "FINISHED" } : outcome;
}

/** Returns the outcome of a process that the run did not end, without regard to checkpoints. */
function decideByItself(end: ProcessEnd): Outcome {
  const { endedBy, lostOutput } = end;
  if (endedBy !== undefined) return { status: "CRASHED", cause: endedBy };
  if (lostOutput !== undefined) return { status: "CRASHED", cause: lostOutput };
  return decideByExit(end);
}

/** Returns the outcome of a process that the executor did not end. */
function decideByExit(end: ProcessEnd): Outcome {
  const { exit, fault, node, answer, isUnanswered = false, memoryKill } = end;
  if (fault !== undefined) return { status: "CRASHED", cause: { kind: "fault", message: fault } };
  if (answer !== undefined) return decideByReport({ ...end, reported: answer });
  if (memoryKill !== undefined) return { status: "CRASHED", cause: memoryKill };
  if (exit === undefined) return { status: "CRASHED", cause: lost("it could not be ended", node) };
  switch (exit.kind) {
    case "lost":
      return { status: "CRASHED", cause: lost(exit.reason, node) };
    case "launch-failed": {
      const { reason: message, permanent } = exit;
      return {
        status: "CRASHED",
        cause: { kind: "launch", message, ...(permanent && { permanent }) },
      };
    }
    case "signaled":
      return { status: "CRASHED", cause: { kind: "signal", signal: exit.signal } };
  }
  const { code } = exit;
  if (code !== 0 || isUnanswered) {
    const status = end.reported === "CRASHED" ? end.reported : "FAILED";
    return { status, cause: { kind: "exit", code } };
  }
  return decideByReport(end);
}

/** Returns the outcome of a range that ended in order. */
function decideByReport({ reported, incomplete }: ProcessEnd): Outcome {
  if (reported !== undefined && isFailed(reported)) {
    return { status: reported, cause: { kind: "reported", status: reported } };
  }
  return incomplete === undefined
    ? { status: reported ?? "SUCCESS" }
    : { status: "FAILED", cause: incomplete };
}

function lost(message: string, node: string | undefined): Cause {
  return { kind: "lost", message, ...(node !== undefined && { node }) };
}
