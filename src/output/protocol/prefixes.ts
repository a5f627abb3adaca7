/**
 * Reads the three prefixes: PROGRESS, STATUS and MESSAGE.
 *
 * @module
 */
import { TaskStatus } from "../../model/statuses.ts";
import {
  type OutputStream,
  type Protocol,
  type Signal,
  SIGNAL_PREFIXES,
  type SignalPrefix,
} from "../../model/protocol.ts";

const LOG: Signal = { kind: "log" };
const MALFORMED: Signal = { kind: "malformed" };

/** What reads the text after each prefix and its colon. */
const PARSERS: Readonly<Record<SignalPrefix, (value: string) => Signal>> = {
  PROGRESS: (value) => parseProgress(value.trim()),
  STATUS: (value) => parseStatus(value.trim()),
  MESSAGE: (value) => ({ kind: "message", text: parseText(value) }),
};

/**
 * Reads three prefixes on stdout: `PROGRESS: <int>`, `STATUS: <name>`, `MESSAGE: <text>`. The space after the colon is
 * optional; trailing white space is dropped. Each line of stderr is a log line.
 *
 * @example
 * ```ts
 * import { ProtocolHandler } from "@lambdawaker/executor/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const protocol = new ProtocolHandler();
 * assertEquals(protocol.parse("PROGRESS: 10"), { kind: "progress", done: 10 });
 * assertEquals(protocol.parse("PROGRESS: twelve"), { kind: "malformed" });
 * assertEquals(protocol.parse("anything else"), { kind: "log" });
 * ```
 */
export class ProtocolHandler implements Protocol {
  /** Returns what a line means; `stream` is stdout if left out. Any text is valid input. */
  parse(line: string, stream: OutputStream = "stdout"): Signal {
    if (stream === "stderr") return LOG;
    for (const prefix of SIGNAL_PREFIXES) {
      if (line.startsWith(prefix) && line[prefix.length] === ":") {
        return PARSERS[prefix](line.slice(prefix.length + 1));
      }
    }
    return LOG;
  }
}

/** Numbers with more digits may not be exact. */
const MAX_DIGITS = 15;
const NEWLINE = 10;
/** Number of bytes of `PROGRESS: `. */
const PREFIX_BYTES = 10;

/** Progress lines that follow each other, and whose numbers do not go down. */
export interface ProgressRun {
  readonly first: number;
  readonly last: number;
  /** Where the bytes of the last line end. */
  readonly stop: number;
}

/**
 * Reads lines of the plainest form, `PROGRESS: ` and digits, from the bytes of whole lines. Returns undefined if the first
 * is any other line, which {@linkcode ProtocolHandler} reads. Ends before a number above `max`, unless it is the first.
 */
export function readProgressRun(
  bytes: DataView,
  start: number,
  max: number,
): ProgressRun | undefined {
  let first = -1;
  let last = -1;
  let stop = start;
  while (hasPrefix(bytes, stop)) {
    const begin = stop + PREFIX_BYTES;
    let at = begin;
    let number = 0;
    // A digit is 0x30 and its value. Whatever else comes has other bits, and the newline comes at the latest.
    let digit = bytes.getUint8(at) ^ 0x30;
    while (digit <= 9) {
      number = 10 * number + digit;
      digit = bytes.getUint8(++at) ^ 0x30;
    }
    const digits = at - begin;
    const isNumber = bytes.getUint8(at) === NEWLINE && digits > 0 && digits <= MAX_DIGITS;
    if (!isNumber || number < last || (first >= 0 && number > max)) break;
    if (first < 0) first = number;
    last = number;
    stop = at + 1;
    const highestSimilar = number - number % 10_000 + 9_999;
    if (digits >= MIN_SIMILAR && digits <= MAX_SIMILAR && highestSimilar <= max) {
      stop = skipSimilar(bytes, stop, digits);
    }
  }
  return first < 0 ? undefined : { first, last, stop };
}

/** Lines with so many digits are compared with the one before them: three reads and the newline see all of their bytes. */
const MIN_SIMILAR = 4;
const MAX_SIMILAR = 10;

/** The first eight bytes of a line, compared as one number. A BigInt would be allocated for each read. */
const PROGRESS = new DataView(new TextEncoder().encode("PROGRESS").buffer).getFloat64(0);

function hasPrefix(bytes: DataView, start: number): boolean {
  return start + PREFIX_BYTES < bytes.byteLength && bytes.getFloat64(start) === PROGRESS &&
    bytes.getUint16(start + 8) === 0x3a20 /* colon, space */;
}

/**
 * Skips all but the last of the lines that differ from the one before `start` in nothing but their last four digits, which do
 * not go down. Of a flood, most lines are such ones, and to compare them is faster than to read each. (Row flood of bench/.)
 *
 * @param digits The number of digits of each, from {@linkcode MIN_SIMILAR} to {@linkcode MAX_SIMILAR}.
 */
function skipSimilar(bytes: DataView, start: number, digits: number): number {
  const length = PREFIX_BYTES + digits + 1;
  // Four digits before the newline, and the eight bytes before them. With `PROGRESS`, these are all bytes of such a line.
  let tail = bytes.getUint32(start - 5);
  const head = bytes.getFloat64(start - 13);
  let begin = start;
  for (let stop = start + length; stop <= bytes.byteLength; stop += length) {
    const next = bytes.getUint32(stop - 5);
    const isSimilar = next >= tail && areDigits(next) && bytes.getUint8(stop - 1) === NEWLINE &&
      bytes.getFloat64(stop - 13) === head && bytes.getFloat64(stop - length) === PROGRESS;
    if (!isSimilar) break;
    tail = next;
    begin = stop - length;
  }
  return begin;
}

/** Whether each of four bytes is a digit: it begins with 3 in hexadecimal, and still does with 6 added. */
function areDigits(bytes: number): boolean {
  return (bytes & 0xf0f0f0f0) === 0x30303030 && ((bytes + 0x06060606) & 0xf0f0f0f0) === 0x30303030;
}

function parseProgress(value: string): Signal {
  // Languages with one type of number write 10.0 for 10.
  if (!/^\d+(?:\.0+)?$/.test(value)) return MALFORMED;
  const done = Number(value);
  return Number.isSafeInteger(done) ? { kind: "progress", done } : MALFORMED;
}

function parseStatus(value: string): Signal {
  const name = value === value.toLowerCase() ? value.toUpperCase() : value;
  return Object.hasOwn(TaskStatus, name)
    ? { kind: "status", status: name as TaskStatus }
    : MALFORMED;
}

function parseText(value: string): string {
  return (value.startsWith(" ") ? value.slice(1) : value).trimEnd();
}
