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
  /** Its bytes before, between and behind the numbers, with the newline. */
  readonly literals: readonly Literal[];
  /** The numbers, by the fields that they belong to. */
  readonly slots: Readonly<Record<string, number>>;
  /** The places of numbers that must be equal, as those in the id of an attempt. */
  readonly pairs: readonly (readonly [number, number])[];
  /** The place of the number that may have a fraction; -1 if there is none. */
  readonly fraction: number;
  /** The event of the line. */
  readonly event: RegularEvent;
  /** The template of the line that last followed such a line. */
  next?: Template;
}

/** The kinds of events that every range has, and the numbers of each that differ from line to line. */
const VARYING = {
  "attempt-started": ["t", "worker", "range", "startIndex", "endIndex"],
  "progress": ["t", "worker", "range", "done"],
  "attempt-ended": ["t", "worker", "range", "progress"],
  "range-ended": ["t", "worker", "range", "startIndex", "endIndex", "nextIndex"],
} as const;

/** The numbers of the `usage` of an attempt that ended. */
const USE_FIELDS = ["cpuSeconds", "peakRss"];

/** An event of one of these kinds. */
type RegularEvent = Extract<RunEvent, { kind: keyof typeof VARYING }>;

/**
 * Bytes that must be equal: as many as possible in words of eight, and the others. A word is compared as a floating-point
 * number. Two of these are equal only if their bytes are, apart from zeros, which no JSON has. A word that is not a number
 * equals nothing, and then the line is parsed as JSON.
 */
interface Literal {
  readonly words: Float64Array;
  readonly rest: Uint8Array;
  readonly length: number;
}

/** The byte of a decimal point. */
const POINT = 0x2e;
/** A number with more digits may not be exact. */
const MAX_DIGITS = 15;
/** Numbers that are values of fields, of which `cpuSeconds` may have a fraction, and the two at the end of the id of an attempt. */
const NUMBERS =
  /(?<="(\w+)":)(?:(?<="cpuSeconds":)\d+(?:\.\d+)?|\d+)(?=[,}])|(?<="attemptId":"[A-Za-z0-9-]+\.(?:\d+\.)?)\d+(?=[."])/g;
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
  #newline = 0;

  /** @param runId The id of the run of which all the lines are. */
  constructor(runId = "") {
    this.#runId = runId;
  }

  /** The index of the newline that ends the line of the last event. */
  get newline(): number {
    return this.#newline;
  }

  /** Returns the event of the line that begins at `start`. Returns undefined if the line matches no template. */
  read(bytes: Uint8Array, start: number): RunEvent | undefined {
    const { buffer, byteOffset } = this.#view;
    if (buffer !== bytes.buffer || byteOffset !== bytes.byteOffset) {
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const expected = this.#last?.next;
    if (expected !== undefined && this.#matches(expected, bytes, start)) {
      return this.#fill(expected);
    }
    for (const template of this.#templates) {
      if (this.#matches(template, bytes, start)) return this.#fill(template);
    }
    return undefined;
  }

  /** Makes a template of a line that was parsed as JSON and passed its checks, if its event is of a frequent kind. */
  learn(line: string, event: RunEvent): void {
    if (this.#templates.length === MAX_TEMPLATES || !isRegular(event)) return;
    if (event.kind === "attempt-started" && event.attemptId !== attemptIdOf(this.#runId, event)) {
      return;
    }
    const hasUse = event.kind === "attempt-ended" && event.usage !== undefined;
    const counts: readonly string[] = VARYING[event.kind];
    const varying = hasUse ? [...counts, ...USE_FIELDS] : counts;
    const fields: string[] = [];
    const inId = ["range", "attempt"];
    // A line of JSON never holds the character that replaces a number here.
    const skeleton = line.replace(NUMBERS, (digits, name: string | undefined) => {
      const field = name ?? inId.shift()!;
      // Other numbers, such as counters, are nearly always the same.
      const isUse = hasUse && USE_FIELDS.includes(field);
      if (!varying.includes(field) || !(isUse || isRequiredCount(event.kind, field))) return digits;
      fields.push(field);
      return "\0";
    });
    const pairs = fields.flatMap((field, at) => {
      const first = fields.indexOf(field);
      return first === at ? [] : [[first, at] as const];
    });
    const slots = Object.fromEntries(fields.map((field) => [field, fields.indexOf(field)]));
    // A nested field may have the same name.
    const isComplete = varying.every((field) => Object.hasOwn(slots, field));
    if (!isComplete || pairs.length !== (inId.length === 0 ? 1 : 0)) return;
    const literals = `${skeleton}\n`.split("\0").map(toLiteral);
    this.#templates.push({ literals, slots, pairs, fraction: slots.cpuSeconds ?? -1, event });
  }

  #fill(template: Template): RunEvent {
    if (this.#last !== undefined) this.#last.next = template;
    this.#last = template;
    const { slots, event } = template;
    const numbers = this.#numbers;
    const t = numbers[slots.t!]!;
    const worker = numbers[slots.worker!]!;
    const range = numbers[slots.range!]!;
    // Fields that are written here by name are set faster than those of a list.
    switch (event.kind) {
      case "attempt-started": {
        const attemptId = attemptIdOf(this.#runId, { range, attempt: event.attempt });
        const startIndex = numbers[slots.startIndex!]!;
        const endIndex = numbers[slots.endIndex!]!;
        return { ...event, t, worker, range, attemptId, startIndex, endIndex };
      }
      case "progress":
        return { ...event, t, worker, range, done: numbers[slots.done!]! };
      case "attempt-ended": {
        const progress = numbers[slots.progress!]!;
        if (event.usage === undefined) return { ...event, t, worker, range, progress };
        const usage = {
          cpuSeconds: numbers[slots.cpuSeconds!]!,
          peakRss: numbers[slots.peakRss!]!,
        };
        return { ...event, t, worker, range, progress, usage };
      }
      case "range-ended": {
        const startIndex = numbers[slots.startIndex!]!;
        const endIndex = numbers[slots.endIndex!]!;
        const nextIndex = numbers[slots.nextIndex!]!;
        return { ...event, t, worker, range, startIndex, endIndex, nextIndex };
      }
    }
  }

  #matches({ literals, pairs, fraction }: Template, bytes: Uint8Array, start: number): boolean {
    const numbers = literals.length - 1;
    let at = start;
    for (let count = 0; count <= numbers; count++) {
      const { words, rest, length } = literals[count]!;
      if (at + length > bytes.length) return false;
      for (let index = 0; index < words.length; index++, at += 8) {
        if (this.#view.getFloat64(at) !== words[index]) return false;
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
    this.#newline = at - 1;
    return true;
  }
}

function toLiteral(text: string): Literal {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = Float64Array.from(
    { length: bytes.length >> 3 },
    (_, at) => view.getFloat64(8 * at),
  );
  return { words, rest: bytes.subarray(8 * words.length), length: bytes.length };
}

/** Returns whether an event is of a kind that every range has, without free text, and without fields that would be lost. */
function isRegular(event: RunEvent): event is RegularEvent {
  if (!Object.hasOwn(VARYING, event.kind)) return false;
  if (event.kind !== "attempt-ended") return (event as { cause?: unknown }).cause === undefined;
  const { cause, usage } = event;
  const isUsageKnown = usage === undefined || Object.keys(usage).length === USE_FIELDS.length;
  return cause === undefined && isUsageKnown;
}
