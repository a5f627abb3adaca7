/**
 * What a line of a worker's output means, and who says so.
 *
 * @module
 */
import type { TaskStatus } from "./statuses.ts";

/** One of a worker's two streams. */
export type OutputStream = "stdout" | "stderr";

/** What one line said. */
export type Signal =
  /** Items done so far in this attempt, a non-negative integer, and perhaps a message with it. */
  | { readonly kind: "progress"; readonly done: number; readonly text?: string }
  /** The share of the range that is done, from 0 to 1, and perhaps a message with it. */
  | { readonly kind: "share"; readonly share: number; readonly text?: string }
  | { readonly kind: "status"; readonly status: TaskStatus }
  | { readonly kind: "message"; readonly text: string }
  /** A part of a progress display that says nothing new: neither a sign of life nor worth a line of the log. */
  | { readonly kind: "nothing" }
  /** A line that is no signal. */
  | { readonly kind: "log" }
  /** A known prefix with a value that does not parse: a log line, too. */
  | { readonly kind: "malformed" };

/**
 * Says what the lines of one attempt mean; each attempt has a handler of its own, so that it may remember what it read.
 * One that throws ends its attempt, which is CRASHED with the error.
 *
 * @example
 * ```ts
 * import type { Protocol } from "./protocol.ts";
 *
 * // Reads lines such as {"done": 12}.
 * const json: Protocol = {
 *   parse(line, stream) {
 *     if (stream === "stderr" || !line.startsWith("{")) return { kind: "log" };
 *     return { kind: "progress", done: JSON.parse(line).done };
 *   },
 * };
 * ```
 */
export interface Protocol {
  /** Says what a line means, its end left out; any text is valid input. */
  parse(line: string, stream: OutputStream): Signal;
}
