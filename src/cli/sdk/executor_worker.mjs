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
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

/** A range of items: those with the numbers `start` to `end - 1`. */
class Range {
  #id;
  #isAnswered = false;
  #hasFailed = false;

  constructor(start, end, { items, id } = {}) {
    /** The number of the first item. */
    this.start = start;
    /** The number after that of the last item. */
    this.end = end;
    /** The items themselves, in a job of strings; otherwise undefined. */
    this.items = items;
    this.#id = id;
  }

  /** Reports that `done` items of this range are done. Does nothing after `fail()`. */
  progress(done) {
    if (!this.#hasFailed) signal(`PROGRESS: ${done}`);
  }

  /** Shows what the worker is doing now. */
  message(text) {
    signal(`MESSAGE: ${`${text}`.replaceAll("\n", " ")}`);
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
 * throws, the range has failed. `args` are the words of the command line: two numbers, or items.
 */
export async function eachRange(work, args = process.argv.slice(2)) {
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
export async function* ranges(args = process.argv.slice(2)) {
  const { EXECUTOR_RESIDENT, EXECUTOR_START, EXECUTOR_END } = process.env;
  const source = EXECUTOR_RESIDENT === "1"
    ? residentRanges()
    : EXECUTOR_START !== undefined && EXECUTOR_END !== undefined
    ? [rangeOfEnvironment(args)]
    : [rangeByHand(args)];
  watchStdout();
  for await (const range of source) {
    let isLeft = true;
    try {
      yield range;
      isLeft = false;
    } finally {
      if (isLeft) range.fail();
      range.settle();
    }
  }
}

function rangeOfEnvironment(args) {
  const { EXECUTOR_START, EXECUTOR_END, EXECUTOR_ITEM } = process.env;
  const [start, end] = [Number(EXECUTOR_START), Number(EXECUTOR_END)];
  if (EXECUTOR_ITEM !== undefined) return new Range(start, end, { items: [EXECUTOR_ITEM] });
  // One item would be in EXECUTOR_ITEM.
  const isList = args.length > 1 && args.length === end - start &&
    args.join() !== `${start},${end}`;
  return new Range(start, end, { items: isList ? args : undefined });
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
  // What the worker calls gets an empty stdin: it must not read the ranges.
  const input = fs.createReadStream("", { fd: fs.openSync("/dev/fd/0"), encoding: "utf8" });
  fs.closeSync(0);
  fs.openSync("/dev/null");
  let isFirst = true;
  let order = {};
  for await (const line of lines(input)) {
    const at = line.indexOf(": ");
    const [word, rest] = [line.slice(0, at), line.slice(at + 2)];
    if (word === "RANGE") {
      const [id, start, end] = rest.split(" ").map(Number);
      order = { id, start, end, items: [] };
    } else if (word === "ITEM") {
      order.items.push(unescapeItem(rest));
    } else if (word === "GO") {
      const { id, start, end, items } = order;
      // The time that the worker took to get ready is no time of the range.
      if (isFirst) signal(`STATUS: RUNNING ${id}`);
      isFirst = false;
      yield new Range(start, end, { id, items: items.length > 0 ? items : undefined });
    }
  }
}

async function* lines(input) {
  let rest = "";
  for await (const text of input) {
    const whole = (rest + text).split("\n");
    rest = whole.pop();
    yield* whole;
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
