/**
 * Lines of a journal that are like others.
 *
 * @module
 */
import type { RunEvent } from "../model/events.ts";

/** A line that was read before, without its numbers. */
interface Template {
  /** Its bytes before, between and behind the numbers. */
  readonly literals: readonly Literal[];
  /** The fields that these numbers are. */
  readonly fields: readonly string[];
  /** Its event, with its numbers. */
  readonly event: RunEvent;
  /** What followed it last. */
  next?: Template;
}

/** Bytes that are to be the same, four at a time as far as they go. */
interface Literal {
  readonly words: Int32Array;
  readonly rest: Uint8Array;
  readonly length: number;
}

/** More digits may be beyond what is an exact number. */
const MAX_DIGITS = 15;
/** As many kinds of lines as make up nearly all of a long journal. */
const MAX_TEMPLATES = 8;

/**
 * Knows a line that differs from an earlier one in nothing but numbers, and reads it in a fraction of the time that JSON
 * takes. What is different in any other byte is unknown here, and to be read as JSON. (Row resume of bench/.)
 */
export class FastLineParser {
  readonly #templates: Template[] = [];
  readonly #numbers: number[] = [];
  #view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer());
  #last: Template | undefined;

  /** The event of a line, when it is like another one. */
  read(bytes: Uint8Array, start: number, end: number): RunEvent | undefined {
    const { buffer, byteOffset } = this.#view;
    if (buffer !== bytes.buffer || byteOffset !== bytes.byteOffset) {
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const expected = this.#last?.next;
    if (expected !== undefined && this.#matches(expected, bytes, start, end)) {
      return this.#take(expected);
    }
    for (const template of this.#templates) {
      if (this.#matches(template, bytes, start, end)) return this.#take(template);
    }
    return undefined;
  }

  /** Takes a line that was read as JSON, and found in order, for an example. */
  learn(line: string, event: RunEvent): void {
    if (this.#templates.length === MAX_TEMPLATES || !isRegular(event)) return;
    // What stands in for a number is what no line of JSON has.
    const fields: string[] = [];
    const skeleton = line.replace(/(?<="(\w+)":)\d+(?=[,}])/g, (digits, field: string) => {
      if (!FIELDS.has(field)) return digits;
      fields.push(field);
      return "\0";
    });
    // A number of that name may stand deeper in it, too.
    const own = fields.filter((field) => Number.isFinite(Reflect.get(event, field)));
    if (own.length !== fields.length || new Set(own).size !== own.length) return;
    const literals = skeleton.split("\0").map(toLiteral);
    this.#templates.push({ literals, fields, event });
  }

  #take(template: Template): RunEvent {
    if (this.#last !== undefined) this.#last.next = template;
    this.#last = template;
    const { fields, event } = template;
    const copy: Record<string, unknown> = { ...event };
    for (let at = 0; at < fields.length; at++) copy[fields[at]!] = this.#numbers[at];
    return copy as unknown as RunEvent;
  }

  #matches({ literals }: Template, bytes: Uint8Array, start: number, end: number): boolean {
    const numbers = literals.length - 1;
    let at = start;
    for (let count = 0; count <= numbers; count++) {
      const { words, rest, length } = literals[count]!;
      if (at + length > end) return false;
      for (let index = 0; index < words.length; index++, at += 4) {
        if (this.#view.getInt32(at) !== words[index]) return false;
      }
      for (let index = 0; index < rest.length; index++, at++) {
        if (bytes[at] !== rest[index]) return false;
      }
      if (count === numbers) break;
      const first = at;
      let number = 0;
      for (let digit = bytes[at]! - 48; digit >= 0 && digit <= 9; digit = bytes[++at]! - 48) {
        number = 10 * number + digit;
      }
      const digits = at - first;
      if (digits === 0 || digits > MAX_DIGITS || (digits > 1 && bytes[first] === 48)) return false;
      this.#numbers[count] = number;
    }
    return at === end;
  }
}

function toLiteral(text: string): Literal {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = Int32Array.from({ length: bytes.length >> 2 }, (_, at) => view.getInt32(4 * at));
  return { words, rest: bytes.subarray(4 * words.length), length: bytes.length };
}

/** Numbers for which any other will do. */
const FIELDS: ReadonlySet<string> = new Set([
  "t",
  "worker",
  "range",
  "startIndex",
  "endIndex",
  "nextIndex",
  "progress",
  "done",
]);

/** Whether it is of a kind that comes for every range, and is without words. */
function isRegular(event: RunEvent): boolean {
  switch (event.kind) {
    case "attempt-started":
    case "progress":
      return true;
    case "attempt-ended":
    case "range-ended":
      return event.reason === undefined;
    default:
      return false;
  }
}
