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
import { openToRead } from "./open_file.ts";
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
  for (const bytes of readPieces(file, name)) {
    for (let start = 0; start < bytes.length;) {
      const event = decoder.decodeFast(bytes, start);
      const newline = event === undefined ? bytes.indexOf(NEWLINE, start) : decoder.newline;
      const isWhole = newline >= 0;
      const next = isWhole ? newline + 1 : bytes.length;
      end += next - start;
      line++;
      if (event !== undefined) yield { event, line, end, isWhole };
      else {
        const text = decoder.textOf(bytes.subarray(start, isWhole ? newline : next));
        if (!isWhole && isCutShort(text)) return;
        yield* entriesOf(text, { decoder, name, place: { line, end, isWhole } });
      }
      start = next;
    }
  }
}

/** Returns whether a file has at least the start of a run; false if it cannot be read. */
export function hasRun(path: string): boolean {
  try {
    using file = openToRead(path);
    const [first] = readEntries(file, path);
    return first?.event?.kind === "run-started";
  } catch {
    return false;
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

  /**
   * Returns the event of the line that begins at `start`, if it is like many others. Returns undefined if the whole text of the
   * line must be decoded.
   */
  decodeFast(bytes: Uint8Array, start: number): RunEvent | undefined {
    const event = this.#parser.read(bytes, start);
    if (this.#upgrader.isNeeded && event?.kind === "attempt-started") this.#upgrader.note(event);
    return event;
  }

  /** The index of the newline of the line that was decoded last by {@linkcode LineDecoder.decodeFast}. */
  get newline(): number {
    return this.#parser.newline;
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

/** Yields the bytes of whole lines, many lines at a time, and at last those of a line without a newline. */
function* readPieces(file: Deno.FsFile, name: string): Generator<Uint8Array> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  let rest = new Uint8Array();
  for (let read = file.readSync(chunk); read !== null; read = file.readSync(chunk)) {
    const bytes = concatBytes(rest, chunk.subarray(0, read));
    const newline = bytes.subarray(rest.length).lastIndexOf(NEWLINE);
    const whole = newline < 0 ? 0 : rest.length + newline + 1;
    if (whole > 0) yield bytes.subarray(0, whole);
    rest = bytes.slice(whole);
    if (rest.length > MAX_LINE_BYTES) {
      throw new JournalError(`${name} is no journal: its lines are too long`);
    }
  }
  if (rest.length > 0) yield rest;
}
