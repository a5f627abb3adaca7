/**
 * What a line that a worker prints means.
 *
 * @module
 */
import type { TaskStatus } from "../models.ts";

/** What one line said. */
export type Signal =
  /** Items done so far in this attempt, a non-negative integer; and perhaps what it is doing. */
  | { readonly kind: "progress"; readonly done: number; readonly message?: string }
  /** How much of the range is done, from 0 to 1, where a program counts in units of its own. */
  | { readonly kind: "share"; readonly share: number; readonly message?: string }
  | { readonly kind: "status"; readonly status: TaskStatus }
  | { readonly kind: "message"; readonly text: string }
  /** A line that is no signal. */
  | { readonly kind: "log" }
  /** A line that was meant as a signal, with a value that does not parse: a log line, too. */
  | { readonly kind: "malformed" };

/** Where a line was printed. */
export type WorkerStream = "stdout" | "stderr";

/** Reads what workers say of their progress. One serves one attempt, and may remember what came before. */
export interface ProtocolHandler {
  /** Says what a line means; any text is valid input. Lines come without their ends. */
  parse(line: string, stream: WorkerStream): Signal;
  /**
   * Whether a carriage return alone ends a line, too, as programs have it that draw their progress over and over.
   *
   * @default {false}
   */
  readonly endsAtReturn?: boolean;
}
