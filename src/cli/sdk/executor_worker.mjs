/**
 * Takes ranges from executor, in a worker written for Node 18 or later. One file, no dependencies.
 *
 *     import { eachRange } from "./executor_worker.mjs";
 *
 *     const model = await load(); // once for each process
 *     await eachRange(async (range) => { // an error fails this range, and the worker goes on
 *       for (let i = range.start; i < range.end; i++) {
 *         await work(model, i);
 *         range.progress(i + 1 - range.start);
 *       }
 *     });
 *
 * The same file runs in three ways:
 *
 *     executor run --resident -n 1000 -c 10 -- node work.mjs     one process takes many ranges
 *     executor run -n 1000 -c 10 -- node work.mjs {start} {end}  a process for each range
 *     node work.mjs 0 10                                         by hand
 *
 * `executor sdk node > executor_worker.mjs` writes this file again.
 */
import { Buffer } from "node:buffer";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import process from "node:process";

/** A range of items: those with the numbers `start` to `end - 1`. */
class Range {
  #id;
  #items;
  #fault;
  #isAnswered = false;
  #hasFailed = false;

  constructor(start, end, { items, fault, id } = {}) {
    /** The number of the first item. */
    this.start = start;
    /** The number after that of the last item. */
    this.end = end;
    this.#id = id;
    this.#items = items;
    this.#fault = fault;
  }

  /** The items themselves, in a job of strings; otherwise undefined. */
  get items() {
    if (this.#fault !== undefined) throw new Error(this.#fault);
    return this.#items;
  }

  /** Reports that `done` items of this range are done. Does nothing after `fail()`. */
  progress(done) {
    if (!this.#hasFailed) signal(`PROGRESS: ${done}`);
  }

  /** Shows what the worker is doing now. */
  message(text) {
    // Both end a line for the executor, and what follows could be a signal.
    signal(`MESSAGE: ${`${text}`.replace(/[\r\n]/g, " ")}`);
  }

  /** Makes this range a failed one, whatever else it does. The worker goes on with the next one. */
  fail() {
    this.#hasFailed = true;
    // A resident worker answers at the end of the range, as what it prints after that belongs to the next one.
    if (this.#id !== undefined) return;
    process.exitCode = 1;
    this.settle();
  }

  /** Ends this range, unless it has been ended. */
  settle() {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    const status = this.#hasFailed ? "FAILED" : "SUCCESS";
    signal(this.#id === undefined ? `STATUS: ${status}` : `STATUS: ${status} ${this.#id}`);
  }
}

/**
 * Calls `work` for each range that this process is to work on, one after another. A range is done when `work` has resolved; if it
 * throws, the range has failed. `args` are the words of the command line: two numbers, or items. If executor runs the worker, the
 * range comes from the environment, and `args` are only taken for items.
 */
export async function eachRange(work, args) {
  for await (const range of ranges(args)) {
    try {
      await work(range);
    } catch (error) {
      fs.writeSync(2, `${error?.stack ?? error}\n`);
      range.fail();
    }
  }
}

/**
 * Yields the same ranges, for a loop. A range is done when the loop comes back for the next one. If the loop is left before that,
 * by `break` or an error, the range has failed.
 */
export async function* ranges(args) {
  const { EXECUTOR_RESIDENT, EXECUTOR_START, EXECUTOR_END } = process.env;
  const words = args ?? process.argv.slice(2);
  // Another thread, or another loop, has taken the ranges of this process.
  if (EXECUTOR_RESIDENT === `taken by ${process.pid}`) return;
  const source = EXECUTOR_RESIDENT === "1"
    ? residentRanges()
    : EXECUTOR_START !== undefined && EXECUTOR_END !== undefined
    ? [rangeOfEnvironment(words, args !== undefined)]
    : [rangeByHand(words)];
  watchStdout();
  let open;
  process.on("exit", (code) => {
    if (code !== 0 || open === undefined) return;
    fs.writeSync(2, `executor_worker: the process ended before range ${open} was done\n`);
    process.exitCode = 1;
  });
  for await (const range of source) {
    open = `${range.start} to ${range.end}`;
    let isLeft = true;
    try {
      yield range;
      isLeft = false;
    } finally {
      open = undefined;
      if (isLeft) range.fail();
      range.settle();
    }
  }
}

function rangeOfEnvironment(words, areGiven) {
  const { EXECUTOR_START, EXECUTOR_END, EXECUTOR_ITEM, EXECUTOR_ITEM_COUNT = 0 } = process.env;
  const [start, end, count] = [EXECUTOR_START, EXECUTOR_END, EXECUTOR_ITEM_COUNT].map(Number);
  if (count === 0) return new Range(start, end);
  // EXECUTOR_ITEM is set for one item that is not long.
  if (count === 1 && EXECUTOR_ITEM !== undefined && !areGiven) {
    return new Range(start, end, { items: [EXECUTOR_ITEM] });
  }
  if (words.length === count) return new Range(start, end, { items: words });
  const fault =
    `the range has ${count} items, but the command line has other words (${words.length}): call eachRange() or ranges() with the items`;
  return new Range(start, end, { fault });
}

function rangeByHand(args) {
  if (args.length === 2 && args.every((word) => /^\d+$/.test(word))) {
    return new Range(Number(args[0]), Number(args[1]));
  }
  if (args.length > 0) return new Range(0, args.length, { items: args });
  fs.writeSync(2, `${path.basename(process.argv[1])}: give two numbers, START and END, or items\n`);
  process.exit(1);
}

async function* residentRanges() {
  // A program that the worker calls, and that has this file, too, is no resident worker.
  process.env.EXECUTOR_RESIDENT = `taken by ${process.pid}`;
  // What the worker calls gets an empty stdin: it must not read the ranges.
  const input = readerOf(fs.openSync("/dev/fd/0"));
  fs.closeSync(0);
  fs.openSync("/dev/null");
  let isFirst = true;
  let order = {};
  for await (const bytes of lines(input)) {
    const line = decode(bytes);
    if (line === undefined) {
      order.fault = "an item is not UTF-8: a string of JavaScript cannot hold it";
      continue;
    }
    const at = line.indexOf(": ");
    const [word, rest] = [line.slice(0, at), line.slice(at + 2)];
    if (word === "RANGE") {
      const [id, start, end] = rest.split(" ").map(Number);
      order = { id, start, end, items: [] };
    } else if (word === "ITEM") {
      order.items.push(unescapeItem(rest));
    } else if (word === "GO") {
      const { id, start, end, items, fault } = order;
      // The time that the worker took to get ready is no time of the range.
      if (isFirst) signal(`STATUS: RUNNING ${id}`);
      isFirst = false;
      yield new Range(start, end, { id, fault, items: items.length > 0 ? items : undefined });
    }
  }
}

function readerOf(fd) {
  try {
    // With a stream of node:fs, a read keeps a thread, and process.exit() waits for it in Node. Bun has no such sockets.
    if (!("bun" in process.versions)) return new net.Socket({ fd });
  } catch {
    // It is a file.
  }
  return fs.createReadStream("", { fd });
}

async function* lines(input) {
  let rest = Buffer.alloc(0);
  for await (const part of input) {
    const bytes = Buffer.concat([rest, part]);
    let from = 0;
    for (let at; (at = bytes.indexOf(10, from)) >= 0; from = at + 1) yield bytes.subarray(from, at);
    rest = bytes.subarray(from);
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes a line; returns undefined if it is not UTF-8. */
function decode(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

const ESCAPES = { n: "\n", r: "\r", t: "\t", 0: "\0" };

function unescapeItem(text) {
  return text.replace(/\\(.)/g, (_, letter) => ESCAPES[letter] ?? letter);
}

let isAtLineStart = true;

/** Notes whether the last text that was printed ended its line. */
function watchStdout() {
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = (chunk, ...rest) => {
    if (chunk.length > 0) isAtLineStart = chunk.at(-1) === "\n" || chunk.at(-1) === 10;
    return write(chunk, ...rest);
  };
}

function signal(line) {
  // A signal must begin its line.
  process.stdout.write(isAtLineStart ? `${line}\n` : `\n${line}\n`);
}
