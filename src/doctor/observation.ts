/**
 * Observation of a worker: the plain data that all checks of the doctor read.
 *
 * @module
 */
import type { Cause, ProcessExit } from "../model/cause.ts";
import { SIGNAL_PREFIXES, type SignalPrefix } from "../model/protocol.ts";
import type { StopSignal } from "../model/types.ts";
import type { Reading } from "../output/protocol/recognition.ts";
import type { AttemptEndStatus, TerminalStatus } from "../model/statuses.ts";

/** A line of a worker, shortened, and the reason why it is shown. */
export interface Example {
  readonly line: string;
  /** The mistake in the line; absent if it has none. */
  readonly why?: string;
}

/** Lines of one kind: their number by prefix, and some examples. */
export interface LineSummary {
  readonly counts: Readonly<Record<SignalPrefix, number>>;
  readonly examples: readonly Example[];
}

/** Returns a count of lines by prefix that is zero for each. */
export function noCounts(): Record<SignalPrefix, number> {
  const entries = SIGNAL_PREFIXES.map((prefix) => [prefix, 0]);
  return Object.fromEntries(entries);
}

/** Facts about the progress that a worker reported. */
export interface ProgressFacts {
  readonly first: number;
  readonly last: number;
  readonly min: number;
  readonly max: number;
  /** The number of times that a value was less than the one before. */
  readonly backwards: number;
  /** The first of those times. */
  readonly firstBackwards?: { readonly from: number; readonly to: number };
}

/** Facts about stdout or stderr of a worker. */
export interface StreamFacts {
  readonly lines: number;
  /** Lines that are signals, or would be on stdout. */
  readonly signals: LineSummary;
  readonly malformed: LineSummary;
  /** Lines that look like signals, but are not. */
  readonly nearMisses: LineSummary;
  readonly progress?: ProgressFacts;
  /** The last terminal status that was reported. */
  readonly reportedStatus?: TerminalStatus;
  /** The number of bytes cut from lines that are too long. */
  readonly droppedBytes: number;
  /** The number of lines with bytes that are not UTF-8. */
  readonly replaced: number;
}

/** Facts about the arrival times of stdout. */
export interface ArrivalFacts {
  /** The number of chunks in which stdout was read. */
  readonly chunks: number;
  /** The number of chunks that are whole blocks and end in the middle of a line, as a full buffer does. */
  readonly blocks: number;
  /** The number of signals: `late` ones came in the last moment before the exit, or after it. */
  readonly signals: { readonly early: number; readonly late: number };
  /** The number of chunks and bytes that came in that moment. */
  readonly late: { readonly chunks: number; readonly bytes: number };
}

/** The result of asking the worker to end, with SIGTERM. */
export type StopTest =
  | { readonly kind: "ended"; readonly afterMs: number }
  /** The worker ignored the signal and ended by itself. */
  | { readonly kind: "outlasted"; readonly afterMs: number }
  /** The worker, or a process of its group, had to be killed. */
  | { readonly kind: "killed"; readonly gracePeriod: number }
  /** The test was not made: it was switched off, the worker was too fast or never started, or a person interrupted it. */
  | { readonly kind: "skipped"; readonly why: "unwanted" | "short" | "no process" | "interrupted" }
  /** The worker ended by itself before the signal was sent. */
  | { readonly kind: "missed" };

/** A range, and the number of items of its job. */
export interface DoctorRange {
  readonly startIndex: number;
  readonly endIndex: number;
  /** Absent if it is not known. */
  readonly totalItems?: number;
  /** The items, in a job of strings. */
  readonly items?: readonly string[];
}

/** Returns the number of items in a range. */
export function sizeOf({ startIndex, endIndex }: DoctorRange): number {
  return endIndex - startIndex;
}

/** Progress that was printed without signals, as progress patterns read it. */
export interface DisplayFacts {
  /** The pattern that the person gave, and what it reads; absent if there is none. */
  readonly given?: { readonly option: string; readonly reading?: Reading };
  /** What the best of the patterns for known programs reads. */
  readonly known?: Reading;
  /** What a pattern for common forms of progress reads. */
  readonly common?: Reading;
}

/** Facts about a range that was sent to a resident worker. */
export interface ResidentRange {
  readonly id: number;
  readonly startIndex: number;
  readonly endIndex: number;
  /** Whether it was sent: not if the worker had exited by then. */
  readonly isSent: boolean;
  /** The number of answers. */
  readonly answers: number;
  /** The first answer. */
  readonly status?: TerminalStatus;
  /** Whether that came only after the end of the input. */
  readonly isLate: boolean;
  /** The highest progress that was reported while the worker was at this range. */
  readonly progress?: number;
}

/** Facts about the answers of a resident worker. */
export interface ResidentFacts {
  readonly ranges: readonly ResidentRange[];
  /** Answers with an id that no open range had. */
  readonly wrongIds: { readonly count: number; readonly examples: readonly string[] };
  /** The number of terminal statuses without an id. */
  readonly withoutId: number;
  /** The number of signals. */
  readonly signals: number;
  /** Milliseconds from its first range to the end of its input. */
  readonly waitedMs: number;
  /** When it exited: before the end of its input, at that end, or not by itself. */
  readonly exit: "early" | "at the end" | "never";
}

/** Facts about one worker on a small range. */
export interface Observation {
  /** The command as the person wrote it. */
  readonly template: readonly string[];
  /** The command as it was run. */
  readonly argv: readonly string[];
  readonly range: DoctorRange;
  readonly status: AttemptEndStatus;
  /** Why it did not end well; absent if it did. */
  readonly cause?: Cause;
  /** Absent if it was not started. */
  readonly exit?: ProcessExit;
  /** The time-out or signal that stopped it; absent if it ended by itself. */
  readonly stopped?: "timeout" | StopSignal;
  /** The time from its start to its exit, in milliseconds. */
  readonly durationMs: number;
  readonly stdout: StreamFacts;
  readonly stderr: StreamFacts;
  readonly arrivals: ArrivalFacts;
  readonly displays: DisplayFacts;
  /** Whether it left processes behind. */
  readonly leaked: boolean;
  /** The warnings of the run, each a sentence without its full stop. */
  readonly warnings: readonly string[];
  /** The last lines that were not signals. */
  readonly log: readonly string[];
  readonly stop: StopTest;
  /** What a resident worker has answered; absent for one with a process for each range. */
  readonly resident?: ResidentFacts;
}

/** The result of an examination. */
export interface Examination {
  readonly observation: Observation;
  /** The signal that interrupted it; absent if none did. */
  readonly interruptedBy?: StopSignal;
}
