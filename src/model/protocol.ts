/**
 * The interface of protocols, which read signals from the output of workers.
 *
 * @module
 */
import type { TaskStatus } from "./statuses.ts";

/** One of a worker's two streams. */
export type OutputStream = "stdout" | "stderr";

/** The words that begin a signal; each is followed by a colon. */
export const SIGNAL_PREFIXES = ["PROGRESS", "STATUS", "MESSAGE"] as const;

/** One of {@linkcode SIGNAL_PREFIXES}. */
export type SignalPrefix = typeof SIGNAL_PREFIXES[number];

/** The meaning of one line. */
export type Signal =
  /** Items done so far in this attempt, a non-negative integer, and perhaps a message with it. */
  | { readonly kind: "progress"; readonly done: number; readonly text?: string }
  /** The share of the range that is done, from 0 to 1, and perhaps a message with it. */
  | { readonly kind: "share"; readonly share: number; readonly text?: string }
  | { readonly kind: "status"; readonly status: TaskStatus }
  | { readonly kind: "message"; readonly text: string }
  /** A part of a progress display without news. It is no sign of life and no log line. */
  | { readonly kind: "nothing" }
  /** A line that is no signal. */
  | { readonly kind: "log" }
  /** A known prefix with a value that does not parse. It is a log line, too. */
  | { readonly kind: "malformed" };

/**
 * Reads the lines of one attempt. Each attempt has a protocol of its own, which may remember earlier lines. A protocol
 * that throws, or returns what is no signal, ends its attempt, which is CRASHED with the error.
 *
 * A lone carriage return ends a line, too. If such a line is no signal, it becomes a log line only if the text after it does
 * not overwrite it.
 *
 * @example
 * ```ts
 * import type { Protocol } from "@lambdawaker/executor/protocol";
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
  /** Returns what a line means. The line comes without its end. Any text is valid input. */
  parse(line: string, stream: OutputStream): Signal;
}
