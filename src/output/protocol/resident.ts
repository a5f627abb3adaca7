/**
 * Protocol of resident workers: how they are sent a range, and how they answer.
 *
 * @module
 */
import { escapeLine } from "../../base/escape_line.ts";
import { encodeBytes } from "../../base/surrogate_escape.ts";
import { isTerminal, TaskStatus } from "../../model/statuses.ts";

/** A range as a resident worker gets it on its stdin. */
export interface RangeOrder {
  /** Names the range to this process. It never repeats there. */
  readonly id: number;
  /** First item. */
  readonly startIndex: number;
  /** The item after the last one. */
  readonly endIndex: number;
  /** The items themselves, in a job of strings. */
  readonly items?: readonly string[];
}

/** An answer about a range: `STATUS: NAME ID`. */
export interface Answer {
  /** What the worker says of the range. */
  readonly status: TaskStatus;
  /** The id that the order had. */
  readonly id: number;
}

/** Encodes orders as lines: for each, `RANGE: id start end`, an `ITEM:` for each string, and `GO: id`. */
export function encodeOrders(orders: readonly RangeOrder[]): Uint8Array {
  return encodeBytes(orders.map(linesOf).join(""));
}

function linesOf({ id, startIndex, endIndex, items = [] }: RangeOrder): string {
  const lines = items.map((item) => `ITEM: ${escapeLine(item)}\n`).join("");
  return `RANGE: ${id} ${startIndex} ${endIndex}\n${lines}GO: ${id}\n`;
}

/** Reads an answer; undefined if the line is none. A status without an id is an ordinary signal, and answers nothing. */
export function parseAnswer(line: string): Answer | undefined {
  if (!line.startsWith("STATUS:")) return undefined;
  const [, name = "", id] = /^STATUS: ?([A-Z]+|[a-z]+) +(\d{1,15})\s*$/.exec(line) ?? [];
  const status = name.toUpperCase();
  if (id === undefined || !Object.hasOwn(TaskStatus, status)) return undefined;
  return { status: status as TaskStatus, id: Number(id) };
}

/** Returns whether a line would be an answer that ends a range, if it had an id. */
export function endsWithoutId(line: string): boolean {
  const { status } = parseAnswer(`${line.trimEnd()} 0`) ?? {};
  return status !== undefined && isTerminal(status);
}

/** Returns the answer that a line ends with, behind other text: undefined if there is none. */
export function answerBehindText(line: string): string | undefined {
  const at = line.lastIndexOf("STATUS:");
  const answer = at > 0 ? line.slice(at).trimEnd() : undefined;
  return answer !== undefined && parseAnswer(answer) !== undefined ? answer : undefined;
}

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
/** The bytes of `STATUS:`. */
const MARK = new TextEncoder().encode("STATUS:");

/**
 * Cuts a chunk behind each state of a line that may be an answer, as what comes after it belongs to the next range. A state that
 * began in an earlier chunk is cut off, too. Carriage returns at the start of a line belong to the state that follows, and all
 * others to the state before.
 */
export function* splitAtAnswers(chunk: Uint8Array): Iterable<Uint8Array> {
  const newlineFrom = finder(chunk, NEWLINE);
  const returnFrom = finder(chunk, CARRIAGE_RETURN);
  let from = 0;
  for (let start = 0, isFirst = true; start < chunk.length; isFirst = false) {
    while (chunk[start] === CARRIAGE_RETURN) start++;
    let stop = Math.min(newlineFrom(start), returnFrom(start));
    if (stop === chunk.length) break;
    while (chunk[stop] === CARRIAGE_RETURN) stop++;
    if (chunk[stop] === NEWLINE) stop++;
    if (isFirst || startsWithMark(chunk, start)) {
      yield chunk.subarray(from, stop);
      from = stop;
    }
    start = stop;
  }
  if (from < chunk.length) yield chunk.subarray(from);
}

/** Returns what finds the first such byte from an index on, which never goes down; the length of the chunk if there is none. */
function finder(chunk: Uint8Array, byte: number): (from: number) => number {
  let found = -1;
  return (from) => {
    if (found < from) {
      const index = chunk.indexOf(byte, from);
      found = index < 0 ? chunk.length : index;
    }
    return found;
  };
}

function startsWithMark(chunk: Uint8Array, start: number): boolean {
  return MARK.every((byte, index) => chunk[start + index] === byte);
}
