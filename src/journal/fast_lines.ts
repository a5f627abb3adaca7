/**
 * Fast path for the lines of a journal: parses a line that differs from an earlier one in its numbers alone.
 *
 * @module
 */
import type { RunEvent } from "../model/events.ts";
import { attemptIdOf } from "../model/names.ts";
import { isRequiredCount } from "./decode.ts";

/** A line that was parsed as JSON, without its numbers. */
interface Template {
  /** Its bytes before, between and behind the numbers. */
  readonly literals: readonly Literal[];
  /** The names of the fields that these numbers belong to. */
  readonly fields: readonly string[];
  /** The places of numbers that must be equal, as those in the id of an attempt. */
  readonly pairs: readonly (readonly [number, number])[];
  /** The place of the number that may have a fraction; -1 if there is none. */
  readonly fraction: number;
  /** The event of the line. */
  readonly event: RunEvent;
  /** The template of the line that last followed such a line. */
  next?: Template;
}

/** Bytes that must be equal: as many as possible in words of four, and the others. */
interface Literal {
  readonly words: Int32Array;
  readonly rest: Uint8Array;
  readonly length: number;
}

/** The byte of a decimal point. */
const POINT = 0x2e;
/** A number with more digits may not be exact. */
const MAX_DIGITS = 15;
/**
 * Numbers that are values of fields, and the two at the end of the id of an attempt. That of `cpuSeconds` may have a fraction; it
 * and `peakRss` after it are fields of `usage`.
 */
const NUMBERS =
  /(?<="(\w+)":)(?:(?<="cpuSeconds":)\d+(?:\.\d+)?|\d+)(?=[,}])|(?<="attemptId":"[A-Za-z0-9-]+\.(?:\d+\.)?)\d+(?=[."])/g;
const USE_FIELDS = ["cpuSeconds", "peakRss"];
/** Enough for the kinds of lines that make up nearly all of a long journal. */
const MAX_TEMPLATES = 8;

/**
 * Parses lines that differ from an earlier line in nothing but numbers, in a fraction of the time that `JSON.parse` takes
 * (row resume of bench/). A line that differs in any other byte must be parsed as JSON.
 */
export class FastLineParser {
  readonly #runId: string;
  readonly #templates: Template[] = [];
  readonly #numbers: number[] = [];
  #view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer());
  #last: Template | undefined;

  /** @param runId The id of the run of which all the lines are. */
  constructor(runId = "") {
    this.#runId = runId;
  }

  /** Returns the event of a line. Returns undefined if the line matches no template. */
  read(bytes: Uint8Array, start: number, end: number): RunEvent | undefined {
    const { buffer, byteOffset } = this.#view;
    if (buffer !== bytes.buffer || byteOffset !== bytes.byteOffset) {
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const expected = this.#last?.next;
    if (expected !== undefined && this.#matches(expected, bytes, start, end)) {
      return this.#fill(expected);
    }
    for (const template of this.#templates) {
      if (this.#matches(template, bytes, start, end)) return this.#fill(template);
    }
    return undefined;
  }

  /** Makes a template of a line that was parsed as JSON and passed its checks, if its event is of a frequent kind. */
  learn(line: string, event: RunEvent): void {
    if (this.#templates.length === MAX_TEMPLATES || !isRegular(event)) return;
    if (event.kind === "attempt-started" && event.attemptId !== attemptIdOf(this.#runId, event)) {
      return;
    }
    const fields: string[] = [];
    const inId = ["range", "attempt"];
    // A line of JSON never holds the character that replaces a number here.
    const skeleton = line.replace(NUMBERS, (digits, name: string | undefined) => {
      const field = name ?? inId.shift()!;
      // Optional numbers, such as counters, are nearly always the same.
      const isUse = event.kind === "attempt-ended" && USE_FIELDS.includes(field);
      if (!isUse && !isRequiredCount(event.kind, field)) return digits;
      fields.push(field);
      return "\0";
    });
    const pairs = fields.flatMap((field, at) => {
      const first = fields.indexOf(field);
      return first === at ? [] : [[first, at] as const];
    });
    // A nested field may have the same name.
    const use = event.kind === "attempt-ended" ? event.usage : undefined;
    // Fields of it that are not known would be lost.
    if (use !== undefined && Object.keys(use).length !== USE_FIELDS.length) return;
    const own = fields.filter((field) =>
      Number.isFinite(Reflect.get(USE_FIELDS.includes(field) && use ? use : event, field))
    );
    if (own.length !== fields.length || pairs.length !== (inId.length === 0 ? 1 : 0)) return;
    const literals = skeleton.split("\0").map(toLiteral);
    this.#templates.push({
      literals,
      fields,
      pairs,
      event,
      fraction: fields.indexOf("cpuSeconds"),
    });
  }

  #fill(template: Template): RunEvent {
    if (this.#last !== undefined) this.#last.next = template;
    this.#last = template;
    const { fields, event } = template;
    const copy: Record<string, unknown> = { ...event };
    const use: Record<string, unknown> | undefined = template.fraction < 0 ? undefined : {};
    for (let at = 0; at < fields.length; at++) {
      const field = fields[at]!;
      const target = use !== undefined && USE_FIELDS.includes(field) ? use : copy;
      target[field] = this.#numbers[at];
    }
    if (use !== undefined) copy.usage = use;
    if (event.kind === "attempt-started") {
      copy.attemptId = attemptIdOf(this.#runId, copy as { range: number; attempt: number });
    }
    return copy as unknown as RunEvent;
  }

  #matches(
    { literals, pairs, fraction }: Template,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
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
      let digits = at - first;
      if (digits === 0 || (digits > 1 && bytes[first] === 48)) return false;
      if (count === fraction && bytes[at] === POINT) {
        let scale = 1;
        for (let digit = bytes[++at]! - 48; digit >= 0 && digit <= 9; digit = bytes[++at]! - 48) {
          number = 10 * number + digit;
          scale *= 10;
        }
        digits = at - first - 1;
        if (scale === 1) return false;
        // A quotient of two whole numbers is the number that is nearest to its decimal digits.
        number /= scale;
      }
      if (digits > MAX_DIGITS) return false;
      this.#numbers[count] = number;
    }
    for (let index = 0; index < pairs.length; index++) {
      const [one, other] = pairs[index]!;
      if (this.#numbers[one] !== this.#numbers[other]) return false;
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

/** Returns whether an event is of a kind that every range has, and without free text. */
function isRegular(event: RunEvent): boolean {
  switch (event.kind) {
    case "attempt-started":
    case "progress":
      return true;
    case "attempt-ended":
    case "range-ended":
      return event.cause === undefined;
    default:
      return false;
  }
}
