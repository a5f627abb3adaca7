/**
 * Reader of journals: yields the events of a file, line by line.
 *
 * @module
 */
import { path as pathType } from "../model/value_types.ts";
import { concatBytes } from "../base/bytes.ts";
import type { RunEvent } from "../model/events.ts";
import { decodeEnds, isCompactLine } from "./compact_ends.ts";
import { decodeEvent } from "./decode.ts";
import { JournalError } from "./journal_error.ts";
import { FastLineParser } from "./fast_lines.ts";
import { Upgrader } from "./upgrade.ts";

const CHUNK_BYTES = 1 << 20;
/** Far more than any event needs: a failure has 20 log lines of 64 KiB. */
const MAX_LINE_BYTES = 64 << 20;
const NEWLINE = 10;
/** The first characters of every line. */
const EVENT_START = '{"v":';
/**
 * Ends a line that was cut short, so that the next one is not taken for its rest: U+0018, which means that what comes before
 * it is cancelled. A file that can only be appended to needs no other change.
 */
export const CANCEL = "\x18";

/** An event and its place in the file. */
export interface JournalEntry {
  /** Absent if the line has no event that this version knows. */
  readonly event?: RunEvent;
  /** The number of its line, 1-based. */
  readonly line: number;
  /** Bytes from the beginning of the file to the end of this line. */
  readonly end: number;
  /** Whether the line ends in a newline; only the last one may not. */
  readonly isWhole: boolean;
}

/**
 * Yields the events of a journal. Events of older versions are brought to the format of this one; kinds that only later
 * versions have are left out, and so is a line that was cut short. Memory does not grow with the length of the journal.
 *
 * @throws {JournalError} If another line is no event.
 * @throws {ConfigError} If the path is not as it must be.
 */
export function* readJournal(path: string | URL): Generator<RunEvent> {
  const name = pathType().check(path, "path");
  using file = Deno.openSync(name);
  for (const { event } of readEntries(file, name)) {
    if (event !== undefined) yield event;
  }
}

/**
 * Yields the events of an open file, from its current position on. A last line that was cut short, as by a crash or a full
 * disk, is left out. So is one that ends with {@linkcode CANCEL}.
 *
 * @throws {JournalError} If another line is no event; the message calls the file `name`.
 */
export function* readEntries(file: Deno.FsFile, name: string): Generator<JournalEntry> {
  const decoder = new LineDecoder();
  let end = 0;
  let line = 0;
  for (const { bytes, ends, isWhole } of readPieces(file, name)) {
    let start = 0;
    for (const newline of ends) {
      end += newline - start + (isWhole ? 1 : 0);
      line++;
      const place = { line, end, isWhole };
      const event = decoder.decodeFast(bytes, start, newline);
      if (event !== undefined) yield { event, ...place };
      else {
        const text = decoder.textOf(bytes.subarray(start, newline));
        if (!isWhole && isCutShort(text)) return;
        yield* entriesOf(text, { decoder, name, place });
      }
      start = newline + 1;
    }
  }
}

/** Returns an entry for each event of a line, and one without an event if it has none. */
function entriesOf(
  text: string,
  { decoder, name, place }: { decoder: LineDecoder; name: string; place: JournalEntry },
): JournalEntry[] {
  if (isCancelled(text)) return [place];
  const events = locate({ name, line: place.line }, () => decoder.decode(text));
  return events.length === 0 ? [place] : events.map((event) => ({ event, ...place }));
}

/** Decodes the lines of a journal, one after another. */
class LineDecoder {
  readonly #upgrader = new Upgrader();
  readonly #decoder = new TextDecoder();
  #parser = new FastLineParser();
  #runId = "";

  /** Returns the event of a line that is like many others; undefined if the whole text of the line must be decoded. */
  decodeFast(bytes: Uint8Array, start: number, end: number): RunEvent | undefined {
    const event = this.#parser.read(bytes, start, end);
    if (this.#upgrader.isNeeded && event?.kind === "attempt-started") this.#upgrader.note(event);
    return event;
  }

  textOf(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes);
  }

  /**
   * Returns the events of a line. There are none if only later versions know it.
   *
   * @throws {JournalError} If it is no event; the message has no subject.
   */
  decode(text: string): RunEvent[] {
    if (isCompactLine(text)) return Array.from(decodeEnds(text, this.#runId));
    const event = decodeEvent(text, this.#upgrader);
    if (event === undefined) return [];
    if (event.kind === "run-started") {
      // The lines of a run have its id in them.
      this.#runId = event.runId;
      this.#parser = new FastLineParser(event.runId);
    } else this.#parser.learn(text, event);
    return [event];
  }
}

/** Calls a function, and adds file and line to the message of a {@linkcode JournalError} that it throws. */
export function locate<T>({ name, line }: { name: string; line: number }, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    throw new JournalError(`${name} cannot be read as line ${line} ${error.message}`);
  }
}

/** Returns whether a last line is no whole event, but may be the beginning of one. */
function isCutShort(text: string): boolean {
  return isBeginning(text) && !isJson(text);
}

/** Returns whether a line was cut short, and ended with {@linkcode CANCEL} by a later run. */
function isCancelled(text: string): boolean {
  return text.endsWith(CANCEL) && isBeginning(text);
}

/** Returns whether a text may be the beginning of an event. Some file systems leave zeros after a power failure. */
function isBeginning(text: string): boolean {
  let kept = text;
  while (kept.endsWith(CANCEL)) kept = kept.slice(0, -1);
  return /^\0*$/.test(kept) || kept.startsWith(EVENT_START) || EVENT_START.startsWith(kept);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Lines that were read from the file together. */
interface Piece {
  readonly bytes: Uint8Array;
  /** The index at which each of them ends. */
  readonly ends: readonly number[];
  /** Whether the last one ends in a newline. */
  readonly isWhole: boolean;
}

function* readPieces(file: Deno.FsFile, name: string): Generator<Piece> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  let rest = new Uint8Array();
  for (let read = file.readSync(chunk); read !== null; read = file.readSync(chunk)) {
    const bytes = concatBytes(rest, chunk.subarray(0, read));
    const ends: number[] = [];
    for (
      let newline = bytes.indexOf(NEWLINE, rest.length);
      newline >= 0;
      newline = bytes.indexOf(NEWLINE, newline + 1)
    ) {
      ends.push(newline);
    }
    if (ends.length > 0) yield { bytes, ends, isWhole: true };
    rest = bytes.slice((ends.at(-1) ?? -1) + 1);
    if (rest.length > MAX_LINE_BYTES) {
      throw new JournalError(`${name} is no journal: its lines are too long`);
    }
  }
  if (rest.length > 0) yield { bytes: rest, ends: [rest.length], isWhole: false };
}
