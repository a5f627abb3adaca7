/**
 * The protocol, spoken from within: for workers written in Deno. Each call writes one whole line to stdout, at once.
 *
 * @example
 * ```ts
 * import { message, progress, status } from "@lambdawaker/executor/worker";
 *
 * message("two items to do");
 * progress(1);
 * progress(2);
 * status("SUCCESS");
 * ```
 *
 * @module
 */
import { writeAllSync } from "./base/bytes.ts";
import { TaskStatus } from "./model/statuses.ts";

export { TaskStatus } from "./model/statuses.ts";

/**
 * The longest line with its newline, in bytes: PIPE_BUF of Linux, up to which a write to a pipe is one piece, so that lines
 * of processes that share the pipe never mix. On macOS that holds up to 512.
 */
const PIPE_BUF_BYTES = 4096;

const encoder = new TextEncoder();

/**
 * Says how many items of the range are done.
 *
 * @param done A non-negative integer, counted from the start of this attempt.
 * @throws {RangeError} If it is none.
 */
export function progress(done: number): void {
  if (!Number.isSafeInteger(done) || done < 0) {
    throw new RangeError(
      `Cannot report progress as done must be a non-negative integer: current value is ${done}`,
    );
  }
  writeLine(`PROGRESS: ${done}`);
}

/**
 * Says what the worker's panel is to show; the last of SUCCESS, FINISHED, FAILED and CRASHED counts when it exits.
 *
 * @param name One of the names of {@linkcode TaskStatus}.
 * @throws {TypeError} If it is none.
 */
export function status(name: TaskStatus): void {
  if (!Object.hasOwn(TaskStatus, name)) {
    const names = Object.keys(TaskStatus).join(", ");
    throw new TypeError(
      `Cannot report a status as it must be one of ${names}: current value is ${name}`,
    );
  }
  writeLine(`STATUS: ${name}`);
}

/**
 * Says what the worker is doing.
 *
 * @param text One line; line breaks become spaces, and what goes beyond 4,096 bytes in all is cut.
 */
export function message(text: string): void {
  writeLine(`MESSAGE: ${text.replace(/\s*[\r\n]+\s*/g, " ")}`);
}

function writeLine(line: string): void {
  const bytes = new Uint8Array(PIPE_BUF_BYTES);
  const { written } = encoder.encodeInto(line, bytes.subarray(0, -1));
  bytes[written] = 10;
  writeAllSync(Deno.stdout, bytes.subarray(0, written + 1));
}
