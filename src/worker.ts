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
import { runtime } from "./base/worker_runtime.ts";
import { writeAllSync } from "./base/write_all.ts";
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
 * It serves a resident worker, a process for each range, and a call by hand with two numbers, or with items. If the executor runs
 * the worker, the range comes from the environment, and `args` are only taken for items. On Deno, this needs
 * `--allow-env=EXECUTOR_*`, and an argument loses a CR at its end.
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
  args?: readonly string[],
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
  args?: readonly string[],
): AsyncGenerator<WorkerRange, void, undefined> {
  const { pid, env, setEnv, stderr, setExitCode, onExit } = runtime();
  const taken = `taken by ${pid}`;
  const resident = env("EXECUTOR_RESIDENT");
  // Another thread, or another loop, has taken the ranges of this process.
  if (resident === taken) return;
  if (resident === "1") {
    // A program that the worker calls, and that calls this, too, is no resident worker.
    setEnv("EXECUTOR_RESIDENT", taken);
    return yield* residentRanges();
  }
  const { start, end, ...list } = rangeOf(args, env);
  const fail = () => {
    if (hasFailed) return;
    hasFailed = true;
    status("FAILED");
    setExitCode(1);
  };
  let isOpen = true;
  onExit((code) => {
    if (!isOpen || code !== 0) return;
    const text = `Range ${start} to ${end} has failed as the process ended before it was done\n`;
    writeAllSync(stderr, encoder.encode(text));
    setExitCode(1);
  });
  let isLeft = true;
  try {
    yield newRange({ start, end, fail }, list);
    isLeft = false;
  } finally {
    isOpen = false;
    if (isLeft) fail();
    if (!hasFailed) status("SUCCESS");
  }
}

/** The items of a range, if it has any; or why they are not known. */
interface RangeList {
  readonly items?: readonly string[];
  readonly fault?: string;
}

/** Makes a range. If its items are not known, the worker gets an error as soon as it asks for them. */
function newRange(range: Omit<WorkerRange, "items">, { items, fault }: RangeList): WorkerRange {
  if (fault === undefined) return { ...range, ...(items && { items }) };
  return {
    ...range,
    get items(): never {
      throw new TypeError(fault);
    },
  };
}

function rangeOf(
  given: readonly string[] | undefined,
  env: (name: string) => string | undefined,
): Pick<WorkerRange, "start" | "end"> & RangeList {
  const args = given ?? runtime().args;
  const [start, end, item] = ["START", "END", "ITEM"].map((name) => env(`EXECUTOR_${name}`));
  if (start !== undefined && end !== undefined) {
    const bounds = { start: Number(start), end: Number(end) };
    const count = Number(env("EXECUTOR_ITEM_COUNT") ?? 0);
    if (count === 0) return bounds;
    // EXECUTOR_ITEM is set for one item that is not long.
    if (count === 1 && item !== undefined && given === undefined) {
      return { ...bounds, items: [item] };
    }
    if (args.length === count) return { ...bounds, items: args };
    const fault =
      `Cannot tell the items: the range has ${count}, but the command line has other words (${args.length}). Call eachRange() or ranges() with the items`;
    return { ...bounds, fault };
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
  let fault: string | undefined;
  for await (const bytes of linesOf(runtime().openStdin())) {
    const line = decode(bytes);
    if (line === undefined) {
      fault = "Cannot tell the items: one is not UTF-8, and a string of JavaScript cannot hold it";
      continue;
    }
    const at = line.indexOf(": ");
    const [word, rest] = [line.slice(0, at), line.slice(at + 2)];
    if (word === "RANGE") {
      [id, start, end] = rest.split(" ").map(Number);
      items = [];
      fault = undefined;
    } else if (word === "ITEM") {
      items.push(unescapeItem(rest));
    } else if (word === "GO") {
      // The time that the worker took to get ready is no time of the range.
      if (isFirst) writeSignal("STATUS", `RUNNING ${id}`);
      isFirst = false;
      hasFailed = false;
      let isLeft = true;
      try {
        const range = { start: start!, end: end!, fail: () => void (hasFailed = true) };
        yield newRange(range, { fault, ...(items.length > 0 && { items }) });
        isLeft = false;
      } finally {
        writeSignal("STATUS", `${hasFailed || isLeft ? "FAILED" : "SUCCESS"} ${id}`);
      }
    }
  }
}

async function* linesOf(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let rest = new Uint8Array();
  for await (const part of input) {
    const bytes = new Uint8Array(rest.length + part.length);
    bytes.set(rest);
    bytes.set(part, rest.length);
    let from = 0;
    for (let at; (at = bytes.indexOf(10, from)) >= 0; from = at + 1) yield bytes.subarray(from, at);
    rest = bytes.subarray(from);
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes a line; returns undefined if it is not UTF-8. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

const ESCAPED: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", 0: "\0" };

function unescapeItem(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => ESCAPED[letter] ?? letter);
}
