/**
 * Log of jobs in the format of GNU parallel: a line of nine columns for each range that ended.
 *
 * @module
 */
import type { Cause } from "../model/cause.ts";
import type { TerminalStatus } from "../model/statuses.ts";
import { isDone } from "../model/statuses.ts";

/** The first line of a log. */
export const JOBLOG_HEAD =
  "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";

/** A range that ended, as its last attempt tells it. */
export interface JoblogEntry {
  /** Number of the range, 0-based. */
  readonly range: number;
  /** The machine where it ran, if that was another one. */
  readonly node?: string;
  /** When the attempt began and ended, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly status: TerminalStatus;
  readonly cause?: Cause;
  /** Its command, as a shell reads it. */
  readonly command: string;
}

/** The numbers of signals that are the same on all systems, and of those that Linux and macOS share. */
const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  ...(Deno.build.os === "darwin"
    ? { SIGBUS: 10, SIGUSR1: 30, SIGUSR2: 31, SIGSYS: 12 }
    : { SIGBUS: 7, SIGUSR1: 10, SIGUSR2: 12, SIGSTKFLT: 16, SIGIO: 29, SIGPWR: 30, SIGSYS: 31 }),
};

/** Formats a line. The columns Send and Receive are 0: nothing is transferred. */
export function formatJob(entry: JoblogEntry): string {
  const { range, node = ":", startedAt, endedAt, command } = entry;
  const { exit, signal } = endOf(entry);
  const runtime = seconds(Math.max(0, endedAt - startedAt)).padStart(10);
  // GNU parallel does the same with line breaks: each line is a job.
  const line = command.replaceAll("\n", "\0");
  const columns = [range + 1, node, seconds(startedAt).padStart(10), runtime, 0, 0, exit, signal];
  return `${[...columns, line].join("\t")}\n`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** What GNU parallel has for a job that it ended at a time limit. */
const ENDED_AT_LIMIT = { exit: -1, signal: 15 };

/** Returns the exit value and the number of the signal: both are 0 for a range that is done, and only for that. */
function endOf({ status, cause }: JoblogEntry): { exit: number; signal: number } {
  if (isDone(status)) return { exit: 0, signal: 0 };
  switch (cause?.kind) {
    case "exit":
      // A resident worker that exits before its answer fails, with code 0 as well.
      return { exit: cause.code === 0 ? 1 : cause.code, signal: 0 };
    case "signal":
      return { exit: cause.signal in SIGNALS ? 0 : 1, signal: SIGNALS[cause.signal] ?? 0 };
    case "out-of-memory":
      return { exit: 0, signal: 9 };
    case "timeout":
    case "stall":
    case "slow":
    case "cancelled":
    case "stopped":
      return ENDED_AT_LIMIT;
    case "launch":
      // What a shell has for a command that it cannot start.
      return { exit: 127, signal: 0 };
    case "lost":
      // What ssh has for a lost connection.
      return { exit: 255, signal: 0 };
    default:
      return { exit: 1, signal: 0 };
  }
}
