/**
 * What the doctor saw: plain data, from which it tells what is wrong.
 *
 * @module
 */
import type { ProcessExit } from "../model/events.ts";
import type { StopSignal } from "../model/types.ts";
import type { TerminalStatus } from "../model/statuses.ts";
import type { Prefix } from "./near_miss.ts";

/** A line of a worker, cut to what a person reads, and why it is shown. */
export interface Example {
  readonly line: string;
  /** Absent where there is nothing wrong with the line itself. */
  readonly why?: string;
}

/** Lines of one sort: how many by prefix, and some of them. */
export interface Sightings {
  readonly counts: Readonly<Record<Prefix, number>>;
  readonly examples: readonly Example[];
}

/** All that a worker said of its progress. */
export interface ProgressFacts {
  readonly first: number;
  readonly last: number;
  readonly min: number;
  readonly max: number;
  /** How often it said less than before. */
  readonly backwards: number;
  /** The first time that it did. */
  readonly firstBackwards?: { readonly from: number; readonly to: number };
}

/** What one of a worker's two streams brought. */
export interface StreamFacts {
  readonly lines: number;
  /** Lines that the grid understands, were they on stdout. */
  readonly signals: Sightings;
  readonly malformed: Sightings;
  /** Lines that a person may take for a signal, and the grid does not. */
  readonly nearMisses: Sightings;
  readonly progress?: ProgressFacts;
  /** The last terminal status said. */
  readonly said?: TerminalStatus;
  /** Bytes cut from lines that are too long. */
  readonly droppedBytes: number;
  /** Lines with a character that stands for bytes that are not UTF-8. */
  readonly replaced: number;
}

/** When what a worker said came. */
export interface ArrivalFacts {
  /** Pieces in which its stdout was read. */
  readonly pieces: number;
  /** Pieces of a whole number of blocks that end in the middle of a line: what a buffer gives away when it is full. */
  readonly blocks: number;
  /** Signals, by whether they came in the last moment before the exit or after it. */
  readonly signals: { readonly early: number; readonly late: number };
  /** Pieces and bytes that came in that moment. */
  readonly late: { readonly pieces: number; readonly bytes: number };
}

/** What came of asking the worker to end with SIGTERM. */
export type StopTest =
  | { readonly kind: "ended"; readonly afterMs: number }
  /** It ended when it would have ended by itself: it did not heed the signal. */
  | { readonly kind: "outlasted"; readonly afterMs: number }
  /** It, or a process of its group, had to be killed. */
  | { readonly kind: "killed"; readonly gracePeriod: number }
  /** It was not asked: nobody wanted it, it runs for too short a time, it never started, or somebody was impatient. */
  | { readonly kind: "skipped"; readonly why: "unwanted" | "short" | "no process" | "interrupted" }
  /** It ended by itself before it could be asked. */
  | { readonly kind: "missed" };

/** A range, and the job that it is a part of. */
export interface DoctorRange {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly totalItems: number;
}

/** One worker, run once on a small range, and perhaps a second time to see whether it can be stopped. */
export interface Observation {
  /** The command as the person wrote it. */
  readonly template: readonly string[];
  /** The command as it was run. */
  readonly argv: readonly string[];
  readonly range: DoctorRange;
  readonly status: TerminalStatus;
  /** Why it ended as it did, when it was not well. */
  readonly reason?: string;
  /** Absent when it never started. */
  readonly exit?: ProcessExit;
  /** Why it did not end by itself. */
  readonly stopped?: "timeout" | StopSignal;
  /** From its start to its exit, in milliseconds. */
  readonly durationMs: number;
  readonly stdout: StreamFacts;
  readonly stderr: StreamFacts;
  readonly arrivals: ArrivalFacts;
  /** Whether it left processes behind. */
  readonly leaked: boolean;
  /** The last lines that were no signals. */
  readonly log: readonly string[];
  readonly stop: StopTest;
}

/** What came of an examination. */
export interface Examination {
  readonly observation: Observation;
  /** The signal by which somebody ended it. */
  readonly interruptedBy?: StopSignal;
}
