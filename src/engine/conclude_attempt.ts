/**
 * End of an attempt: what it reported and how its process ended become its outcome.
 *
 * @module
 */
import { errorMessage } from "../base/errors.ts";
import type { WorkerProcess } from "../launchers/launcher.ts";
import { type Cause, type CauseOf, isKilled, type ProcessExit } from "../model/cause.ts";
import type { AttemptEnd } from "../model/events.ts";
import { decideOutcome } from "../model/outcome.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";
import { isDone, type TerminalStatus } from "../model/statuses.ts";
import type { ResourceUse } from "../model/types.ts";
import type { OutputCapture } from "../output/capture.ts";
import type { AttemptLog } from "../output/log_directory.ts";
import type { ProgressTracker } from "../output/progress_tracker.ts";
import type { SupervisedProcess } from "./supervised_process.ts";

/** An attempt that is over. */
export interface EndedAttempt {
  readonly tracker: ProgressTracker;
  readonly capture: OutputCapture;
  readonly process: Pick<
    SupervisedProcess,
    "endedBy" | "fault" | "node" | "isForced" | "leftGroup" | "process"
  >;
  readonly options: {
    readonly size: number;
    readonly config: Pick<ResolvedConfig, "strict" | "memory">;
    readonly keepsCheckpoints: boolean;
    readonly log?: AttemptLog;
  };
}

/** What is known of its end. */
export interface AttemptFacts {
  /** The end of its process; left out if a resident worker has answered. */
  readonly exit?: ProcessExit;
  /** The status that a resident worker has answered. */
  readonly answer?: TerminalStatus;
  /** Whether a resident worker has ended without an answer. */
  readonly isUnanswered?: boolean;
  readonly droppedBytes?: number;
  readonly lostOutput?: CauseOf<"output-lost">;
  readonly usage?: ResourceUse;
}

/** Closes the log, and returns how the attempt ended. */
export async function concludeAttempt(
  { tracker: open, capture, process, options }: EndedAttempt,
  { exit, answer, isUnanswered, droppedBytes = 0, lostOutput, usage }: AttemptFacts,
): Promise<AttemptEnd> {
  await capture.end();
  using tracker = open;
  const { progress, share, malformed, anomalies, fault } = tracker;
  const { config, log, size, keepsCheckpoints } = options;
  // What happens to its process after the answer does not concern the range. But one that was ended may answer that it failed.
  const isEnded = answer === undefined || (process.endedBy !== undefined && !isDone(answer));
  const { endedBy, fault: processFault, node, isForced = false, leftGroup } = isEnded
    ? process
    : {};
  const { memory } = config;
  const memoryKill = isEnded && endedBy === undefined && isKilled(exit)
    ? findMemoryKill(process.process, memory)
    : undefined;
  const reported = answer ?? tracker.reported;
  const outcome = decideOutcome({
    exit,
    answer: isEnded ? undefined : answer,
    isUnanswered,
    reported,
    endedBy,
    processFault,
    lostOutput,
    fault,
    memoryKill,
    node,
    incomplete: config.strict && progress < size
      ? { kind: "incomplete", done: progress, total: size }
      : undefined,
    // A share names no items.
    isAllSafe: keepsCheckpoints && share === undefined && progress === size,
  });
  const counters = { malformed, anomalies, droppedBytes, forcedKills: isForced ? 1 : 0 };
  const uncharged = endedBy === undefined ? countUncharged(exit) : {};
  const { path: logFile } = log ?? {};
  return {
    ...outcome,
    reported,
    exit,
    leftGroup,
    progress,
    share,
    ...counters,
    ...uncharged,
    logFile,
    usage,
    memory,
  };
}

/** Returns the cause of a process that was killed for want of memory, if it was. */
function findMemoryKill(
  process: Required<Pick<WorkerProcess, "memoryKill">>,
  limit: number | undefined,
): CauseOf<"out-of-memory"> | undefined {
  const kill = process.memoryKill();
  if (kill === undefined) return undefined;
  const isLimited = kill.by === "limit" && limit !== undefined;
  return { kind: "out-of-memory", ...kill, ...(isLimited && { limit }) };
}

/** Closes the log, and returns the end of an attempt whose launcher has failed with an error. */
export async function concludeFault(
  { tracker: open, capture, process, options: { log } }: EndedAttempt,
  error: unknown,
): Promise<AttemptEnd> {
  await capture.end();
  using tracker = open;
  const { progress } = tracker;
  const { endedBy, fault } = process;
  const { path: logFile } = log ?? {};
  if (endedBy?.kind === "stopped") return { status: "PENDING", cause: endedBy, progress, logFile };
  const cause: Cause = { kind: "fault", message: fault ?? errorMessage(error) };
  return { status: "CRASHED", cause, progress, logFile };
}

/** Returns whether a process could not be launched, and another one would fail the same way. */
export function cannotLaunch({ exit }: Pick<AttemptEnd, "exit">): boolean {
  return exit?.kind === "launch-failed" && exit.permanent === true;
}

/** Returns the counter of an end that the range is not charged for. */
function countUncharged(exit: ProcessExit | undefined): { lost?: number; launchFailures?: number } {
  if (exit?.kind === "lost") return { lost: 1 };
  return exit?.kind === "launch-failed" && !exit.permanent ? { launchFailures: 1 } : {};
}
