/**
 * Worker API: signals for workers that are written for Deno, Node.js or Bun. Each call writes one whole line to stdout,
 * synchronously.
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
import { type ByteWriterSync, writeAllSync } from "./base/bytes.ts";
import type { SignalPrefix } from "./model/protocol.ts";
import { TaskStatus } from "./model/statuses.ts";

export { TaskStatus } from "./model/statuses.ts";

/**
 * The longest line with its newline, in bytes: PIPE_BUF of Linux. A write of up to this size is atomic, so that lines of
 * processes that share a pipe never mix. On macOS, that holds for up to 512 bytes.
 */
const PIPE_BUF_BYTES = 4096;

const encoder = new TextEncoder();

/**
 * Reports the number of items of the range that are done.
 *
 * @param done A non-negative integer, counted from the start of this attempt.
 * @throws {RangeError} If `done` is not a non-negative integer.
 */
export function progress(done: number): void {
  if (!Number.isSafeInteger(done) || done < 0) {
    throw new RangeError(
      `Cannot report progress as done must be a non-negative integer: current value is ${done}`,
    );
  }
  writeSignal("PROGRESS", `${done}`);
}

/**
 * Reports a status, which the worker's panel shows. The last of SUCCESS, FINISHED, FAILED and CRASHED decides the status
 * of the range, together with the exit code.
 *
 * @param name One of the names of {@linkcode TaskStatus}.
 * @throws {TypeError} If `name` is not one of them.
 */
export function status(name: TaskStatus): void {
  if (!Object.hasOwn(TaskStatus, name)) {
    const names = Object.keys(TaskStatus).join(", ");
    throw new TypeError(
      `Cannot report a status as it must be one of ${names}: current value is ${name}`,
    );
  }
  writeSignal("STATUS", name);
}

/**
 * Reports the current activity, which the worker's panel shows.
 *
 * @param text One line. Line breaks become spaces, and a line of more than 4,096 bytes is cut.
 */
export function message(text: string): void {
  writeSignal("MESSAGE", text.replace(/\s*[\r\n]+\s*/g, " "));
}

function writeSignal(prefix: SignalPrefix, value: string): void {
  const bytes = new Uint8Array(PIPE_BUF_BYTES);
  const { written } = encoder.encodeInto(`${prefix}: ${value}`, bytes.subarray(0, -1));
  bytes[written] = 10;
  writeAllSync(stdout(), bytes.subarray(0, written + 1));
}

/** The parts of `globalThis` that lead to stdout. Which of them are there depends on the runtime. */
interface Runtime {
  readonly Deno?: { readonly stdout: ByteWriterSync };
  readonly process?: {
    getBuiltinModule(name: "node:fs"): { writeSync(fd: number, bytes: Uint8Array): number };
  };
}

/** Time after which a full pipe is tried again, in milliseconds. */
const FULL_PIPE_MS = 5;

function stdout(): ByteWriterSync {
  const { Deno, process } = globalThis as Runtime;
  if (Deno !== undefined) return Deno.stdout;
  if (process === undefined) throw new Error("Cannot report to the executor as there is no stdout");
  const { writeSync } = process.getBuiltinModule("node:fs");
  return { writeSync: (bytes) => unlessFull(() => writeSync(1, bytes)) };
}

/** Writes; waits while the pipe is full, which is an error where it does not block. */
function unlessFull(write: () => number): number {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
  }
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_MS);
  return 0;
}
