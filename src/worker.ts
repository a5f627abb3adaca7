/**
 * Worker API: signals and ranges for workers that are written for Deno, Node.js or Bun. Each signal writes one whole line to
 * stdout, synchronously.
 *
 * A worker that calls {@linkcode eachRange} can be a resident one: it is started once, and takes one range after another.
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
import { type ByteWriterSync, writeAllSync } from "./base/write_all.ts";
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
 * Does nothing if the range has failed by {@linkcode WorkerRange.fail}.
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
  if (!hasFailed) writeSignal("PROGRESS", `${done}`);
}

/** Whether the present range of {@linkcode eachRange} has failed: items after that do not count as done. */
let hasFailed = false;

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
  writeAllSync(runtime().stdout, bytes.subarray(0, written + 1));
}

/** A range that a worker is to work on. */
export interface WorkerRange {
  /** The number of the first item. */
  readonly start: number;
  /** The number after that of the last item. */
  readonly end: number;
  /** The items themselves, in a job of strings. */
  readonly items?: readonly string[];
  /** Makes the range a failed one, whatever else it does. The worker goes on with the next one. */
  fail(): void;
}

/**
 * Calls `work` for each range that this process is to work on, one after another. A range is done when `work` has resolved. If it
 * throws, the error is written to stderr, the range has failed, and the next one begins.
 *
 * It serves a resident worker, a process for each range, and a call by hand with two numbers, or with items.
 *
 * @example
 * ```ts ignore
 * import { eachRange, progress } from "@lambdawaker/executor/worker";
 *
 * const model = await load(); // once for each process
 * await eachRange(async ({ start, end }) => {
 *   for (let item = start; item < end; item++) {
 *     await model.work(item);
 *     progress(item + 1 - start);
 *   }
 * });
 * ```
 *
 * @param work Works on one range.
 * @param args The words of the command line; by default, those of this process.
 */
export async function eachRange(
  work: (range: WorkerRange) => void | Promise<void>,
  args: readonly string[] = runtime().args,
): Promise<void> {
  for await (const range of ranges(args)) {
    try {
      await work(range);
    } catch (error) {
      const text = `${error instanceof Error ? error.stack : error}\n`;
      writeAllSync(runtime().stderr, encoder.encode(text));
      range.fail();
    }
  }
}

/**
 * Yields the ranges of {@linkcode eachRange}, for a loop. A range is done when the loop comes back for the next one. If the loop is
 * left before that, by `break` or an error, the range has failed.
 */
export async function* ranges(
  args: readonly string[] = runtime().args,
): AsyncGenerator<WorkerRange, void, undefined> {
  const { env } = runtime();
  if (env("EXECUTOR_RESIDENT") === "1") return yield* residentRanges();
  const range = rangeOf(args, env);
  let isLeft = true;
  const fail = () => {
    if (hasFailed) return;
    hasFailed = true;
    status("FAILED");
    runtime().setExitCode(1);
  };
  try {
    yield { ...range, fail };
    isLeft = false;
  } finally {
    if (isLeft) fail();
    if (!hasFailed) status("SUCCESS");
  }
}

function rangeOf(
  args: readonly string[],
  env: (name: string) => string | undefined,
): Omit<WorkerRange, "fail"> {
  const [start, end, item] = ["START", "END", "ITEM"].map((name) => env(`EXECUTOR_${name}`));
  if (start !== undefined && end !== undefined) {
    const bounds = { start: Number(start), end: Number(end) };
    if (item !== undefined) return { ...bounds, items: [item] };
    // One item would be in EXECUTOR_ITEM.
    const isList = args.length > 1 && args.length === bounds.end - bounds.start &&
      `${args}` !== `${start},${end}`;
    return isList ? { ...bounds, items: args } : bounds;
  }
  if (args.length === 2 && args.every((word) => /^\d+$/.test(word))) {
    return { start: Number(args[0]), end: Number(args[1]) };
  }
  if (args.length > 0) return { start: 0, end: args.length, items: args };
  throw new TypeError("Cannot tell the range: give two numbers, the start and the end, or items");
}

async function* residentRanges(): AsyncGenerator<WorkerRange, void, undefined> {
  let isFirst = true;
  let [id, start, end]: (number | undefined)[] = [];
  let items: string[] = [];
  for await (const line of linesOf(runtime().openStdin())) {
    const at = line.indexOf(": ");
    const [word, rest] = [line.slice(0, at), line.slice(at + 2)];
    if (word === "RANGE") {
      [id, start, end] = rest.split(" ").map(Number);
      items = [];
    } else if (word === "ITEM") {
      items.push(unescapeItem(rest));
    } else if (word === "GO") {
      // The time that the worker took to get ready is no time of the range.
      if (isFirst) writeSignal("STATUS", `RUNNING ${id}`);
      isFirst = false;
      hasFailed = false;
      let isLeft = true;
      try {
        yield {
          start: start!,
          end: end!,
          ...(items.length > 0 && { items }),
          fail: () => void (hasFailed = true),
        };
        isLeft = false;
      } finally {
        writeSignal("STATUS", `${hasFailed || isLeft ? "FAILED" : "SUCCESS"} ${id}`);
      }
    }
  }
}

async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of input) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

const ESCAPED: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", 0: "\0" };

function unescapeItem(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => ESCAPED[letter] ?? letter);
}

/** What a worker needs of its runtime. */
interface WorkerRuntime {
  readonly args: readonly string[];
  env(name: string): string | undefined;
  readonly stdout: ByteWriterSync;
  readonly stderr: ByteWriterSync;
  setExitCode(code: number): void;
  /** Takes stdin for the ranges. Programs that the worker calls get an empty one where that is possible: not on Deno or Windows. */
  openStdin(): AsyncIterable<Uint8Array>;
}

function runtime(): WorkerRuntime {
  const { Deno } = globalThis as Runtime;
  if (Deno !== undefined) {
    return {
      args: Deno.args,
      env: (name) => Deno.env.get(name),
      stdout: Deno.stdout,
      stderr: Deno.stderr,
      setExitCode: (code) => void (Deno.exitCode = code),
      openStdin: () => Deno.stdin.readable,
    };
  }
  // Without /proc, Deno would end a process that asks for this one: it finds its own path there.
  const { process } = globalThis as Runtime;
  if (process === undefined) throw new Error("Cannot work for the executor as there is no process");
  const fs = process.getBuiltinModule("node:fs");
  const writer = (fd: number): ByteWriterSync => ({
    writeSync: (bytes) => unlessFull(() => fs.writeSync(fd, bytes)),
  });
  return {
    args: process.argv.slice(2),
    env: (name) => process.env[name],
    stdout: writer(1),
    stderr: writer(2),
    setExitCode: (code) => void (process.exitCode = code),
    openStdin: () => {
      let fd: number;
      try {
        fd = fs.openSync("/dev/fd/0", "r");
      } catch {
        // Windows has no such file, and a socket cannot be opened again.
        return fs.createReadStream("", { fd: 0 });
      }
      const input = fs.createReadStream("", { fd });
      fs.closeSync(0);
      fs.openSync("/dev/null", "r");
      return input;
    },
  };
}

/** The parts of `globalThis` that lead to the process. Which of them are there depends on the runtime. */
interface Runtime {
  readonly Deno?: {
    readonly args: readonly string[];
    readonly env: { get(name: string): string | undefined };
    readonly stdin: { readonly readable: AsyncIterable<Uint8Array> };
    readonly stdout: ByteWriterSync;
    readonly stderr: ByteWriterSync;
    exitCode: number;
  };
  readonly process?: {
    readonly argv: readonly string[];
    readonly env: Readonly<Record<string, string | undefined>>;
    exitCode?: number;
    getBuiltinModule(name: "node:fs"): {
      writeSync(fd: number, bytes: Uint8Array): number;
      openSync(path: string, flags: string): number;
      closeSync(fd: number): void;
      createReadStream(path: string, options: { fd: number }): AsyncIterable<Uint8Array>;
    };
  };
}

/** Time after which a full pipe is tried again, in milliseconds. */
const FULL_PIPE_MS = 5;

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
