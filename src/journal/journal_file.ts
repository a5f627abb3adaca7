/**
 * File of a journal while a run writes it: appends lines, notices what others do to the file, and writes again what is lost.
 *
 * @module
 */
import { concatBytes } from "../base/bytes.ts";
import { isThere } from "../base/existence.ts";
import { writeAllSync } from "../base/write_all.ts";
import { currentDirectory, isAbsolutePath } from "../base/paths.ts";
import { JournalError } from "./journal_error.ts";
import { type OpenFile, openFile, release } from "./open_file.ts";
import { CANCEL } from "./reader.ts";

/** Longer journals are not kept in memory: what is cut off from them cannot be written again. */
const MAX_COPY = 4 << 20;
const CHUNK_BYTES = 1 << 20;
const NEWLINE = 10;

/** What others have done to the file. */
export type Damage = "removed" | "replaced" | "cut short" | "changed";

/**
 * How damage was repaired. `again`: all that was lost is in its place. `beside`: another file is in its place, and the whole
 * record goes on in `path`. `onwards`: what was lost is lost, the record goes on behind the rest, and `next` must be written
 * once more.
 */
export type Repair =
  | { readonly kind: "again" }
  | { readonly kind: "beside"; readonly path: string }
  | { readonly kind: "onwards"; readonly next: Uint8Array };

/** The errors of a path that leads to no file. */
const LOST_PATHS = [
  Deno.errors.NotFound,
  Deno.errors.NotADirectory,
  Deno.errors.FilesystemLoop,
];

/** Keeps the bytes of a journal as they must be, as long as they are few. */
class Copy {
  #buffer: Uint8Array | undefined = new Uint8Array(1 << 10);
  #length = 0;

  /** All of the bytes; undefined if they are too many. */
  get bytes(): Uint8Array | undefined {
    return this.#buffer?.subarray(0, this.#length);
  }

  add(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > MAX_COPY) this.#buffer = undefined;
    if (this.#buffer === undefined) return;
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }

  /** Takes away all bytes from `length` on. */
  cut(length: number): void {
    this.#length = Math.min(this.#length, length);
  }
}

/** Yields the record from a position on. */
type Record = (from: number) => Generator<Uint8Array>;

/** Appends to the file of a journal. */
export class JournalFile implements Disposable {
  #path: string;
  #file: OpenFile;
  /** The file that the path leads to; undefined where files cannot be told apart. */
  #id: string | undefined;
  /** The bytes that the file has, if nobody else has changed it. */
  #length: number;
  /** What ends its last line; undefined if that is whole. */
  #ending: Uint8Array | undefined;
  readonly #copy = new Copy();
  /** What was written last, if it is not where it should be. */
  #misplaced: Uint8Array | undefined;
  #isBeside = false;

  /**
   * Opens and locks the file.
   *
   * @throws {JournalError} If that is impossible.
   */
  constructor(path: string) {
    this.#path = absolute(path);
    this.#file = openFile(path);
    this.#id = idOfOpen(this.#file, this.#path);
    this.#length = this.#size;
  }

  /**
   * Must be called before the first line is appended.
   *
   * @param whole The bytes of its whole lines.
   * @param isEnded Whether the last one of these has its newline.
   */
  begin({ whole, isEnded }: { whole: number; isEnded: boolean }): void {
    if (whole < this.#length) this.#dropTail(whole);
    else if (!isEnded) this.#ending = NEW_LINE;
    for (const bytes of this.#read(0)) {
      this.#copy.add(bytes);
      if (this.#copy.bytes === undefined) return;
    }
  }

  /** The open file. */
  get handle(): Deno.FsFile {
    return this.#file.handle;
  }

  /** Why it is not locked; undefined if it is. */
  get lockProblem(): string | undefined {
    return this.#file.lockProblem;
  }

  /** Its length in bytes. */
  get length(): number {
    return this.#length;
  }

  /** Whether the record is in another file, as what is in its place is not part of it. */
  get isBeside(): boolean {
    return this.#isBeside;
  }

  /** Whether the last lines that were written are not where they should be. */
  get isMisplaced(): boolean {
    return this.#misplaced !== undefined;
  }

  /** Appends whole lines. Returns those that could not be written, with the error; undefined if all are in the file. */
  append(lines: Uint8Array): { readonly error: unknown; readonly rest: Uint8Array } | undefined {
    const bytes = this.#ending === undefined ? lines : concatBytes(this.#ending, lines);
    const before = bytes.length - lines.length;
    let written = 0;
    try {
      while (written < bytes.length) {
        written += this.#file.handle.writeSync(bytes.subarray(written));
      }
    } catch (error) {
      const whole = bytes.subarray(0, written).lastIndexOf(NEWLINE) + 1;
      if (whole > 0) this.#ending = undefined;
      const end = this.#length + whole;
      this.#count(bytes.subarray(0, written));
      if (written > whole) this.#dropTail(end);
      return { error, rest: lines.subarray(Math.max(0, whole - before)) };
    }
    this.#ending = undefined;
    this.#count(bytes);
    // After it has appended, the position is the end of the file. This costs a third of writing a line.
    const end = this.#file.handle.seekSync(0, Deno.SeekMode.Current);
    if (end !== this.#length) this.#misplaced = bytes;
    return undefined;
  }

  /**
   * Looks for damage. Throws if the file cannot be looked at.
   *
   * @param isThorough Whether to compare all of the file, if it is short.
   */
  look({ isThorough = false } = {}): Damage | undefined {
    let info: Deno.FileInfo;
    try {
      info = Deno.statSync(this.#path);
    } catch (error) {
      if (LOST_PATHS.some((lost) => error instanceof lost)) return "removed";
      throw error;
    }
    if (this.#id !== undefined && idOf(info) !== this.#id) return "replaced";
    if (info.size < this.#length) return "cut short";
    const isLonger = info.size > this.#length || this.#misplaced !== undefined;
    return isLonger || (isThorough && !this.#isCopied) ? "changed" : undefined;
  }

  /**
   * Repairs damage. The record goes to `beside` if something else is in its place: nothing of that is changed.
   *
   * @throws {JournalError} If that is impossible. Then it may be possible later.
   */
  repair(damage: Damage, { beside }: { beside: string }): Repair {
    const record = this.#record(damage);
    if (record === undefined) return this.#goOn(damage);
    const isInPlace = damage === "cut short" || damage === "changed";
    const isAgain = isInPlace ? this.#complete(this.#file, record) : this.#move(this.#path, record);
    if (!isAgain && !this.#move(beside, record)) {
      throw new JournalError(`${beside} is another file`);
    }
    this.#misplaced = undefined;
    if (isAgain) return { kind: "again" };
    this.#path = beside;
    this.#isBeside = true;
    return { kind: "beside", path: beside };
  }

  /** Unlocks and closes the file. */
  [Symbol.dispose](): void {
    release(this.#file);
  }

  /** Whether the file has the bytes that it must have, as far as they are known. */
  get #isCopied(): boolean {
    const { bytes } = this.#copy;
    return bytes === undefined || commonBytes(this.#file.handle, [bytes]) === bytes.length;
  }

  get #size(): number {
    return this.#file.handle.statSync().size;
  }

  #count(bytes: Uint8Array): void {
    this.#length += bytes.length;
    this.#copy.add(bytes);
  }

  /** Drops what is behind `end`: a line that was cut short. A file that can only be appended to keeps it, cancelled. */
  #dropTail(end: number): void {
    try {
      const isOurs = this.lockProblem === undefined && this.#size === this.#length;
      if (!isOurs) throw new JournalError("may have lines of others");
      this.#file.handle.truncateSync(end);
    } catch {
      this.#ending = CANCELLED;
      return;
    }
    this.#copy.cut(end);
    this.#length = end;
  }

  /** Returns what the file must have; undefined if nobody has it any more. */
  #record(damage: Damage): Record | undefined {
    const { bytes } = this.#copy;
    if (bytes !== undefined) {
      return function* (from) {
        yield bytes.subarray(from);
      };
    }
    // A file without a name has its content as long as it is open.
    const isWhole = this.#misplaced === undefined && this.#size === this.#length;
    const isElsewhere = damage === "removed" || damage === "replaced";
    return isElsewhere && isWhole ? (from) => this.#read(from) : undefined;
  }

  *#read(from: number): Generator<Uint8Array> {
    for (let at = from;;) {
      const bytes = readAt(this.#file.handle, at, CHUNK_BYTES);
      if (bytes.length === 0) return;
      at += bytes.length;
      yield bytes;
    }
  }

  /** Moves the record to a file that is new, or has a part of it. Returns false if that has anything else. */
  #move(path: string, record: Record): boolean {
    let file: OpenFile;
    try {
      file = openFile(path);
    } catch (error) {
      // It is another run's, or no file.
      if (isThere(path) && path === this.#path) return false;
      throw error;
    }
    try {
      if (!this.#complete(file, record)) {
        release(file);
        return false;
      }
    } catch (error) {
      release(file);
      throw error;
    }
    release(this.#file);
    this.#file = file;
    this.#id = idOfOpen(file, path);
    return true;
  }

  /** Appends what a file lacks of the record. Returns false if it has anything else, other than what was written last. */
  #complete({ handle }: OpenFile, record: Record): boolean {
    const { size } = handle.statSync();
    const same = commonBytes(handle, record(0));
    if (same < size) {
      if (size - same > (this.#misplaced?.length ?? 0)) return false;
      handle.truncateSync(same);
    }
    for (const bytes of record(same)) writeAllSync(handle, bytes);
    return true;
  }

  /** Goes on behind what is left of a file that was cut short. */
  #goOn(damage: Damage): Repair {
    if (damage !== "cut short") throw new JournalError("what it must have is not known any more");
    const { handle } = this.#file;
    const next = this.#misplaced ?? new Uint8Array();
    // What was written last may be in the line that was cut.
    const length = Math.max(0, this.#size - next.length);
    if (next.length > 0) handle.truncateSync(length);
    const [last = NEWLINE] = length === 0 ? [] : readAt(handle, length - 1, 1);
    this.#ending = last === NEWLINE ? undefined : CANCELLED;
    this.#length = length;
    this.#misplaced = undefined;
    return { kind: "onwards", next };
  }
}

const NEW_LINE = new TextEncoder().encode("\n");
const CANCELLED = new TextEncoder().encode(`${CANCEL}\n`);

function readAt(handle: Deno.FsFile, position: number, length: number): Uint8Array {
  const buffer = new Uint8Array(length);
  handle.seekSync(position, Deno.SeekMode.Start);
  return buffer.subarray(0, handle.readSync(buffer) ?? 0);
}

/** Returns how many bytes at the beginning of a file are those of a record. */
function commonBytes(handle: Deno.FsFile, record: Iterable<Uint8Array>): number {
  let same = 0;
  for (const bytes of record) {
    for (let at = 0; at < bytes.length;) {
      const there = readAt(handle, same, Math.min(CHUNK_BYTES, bytes.length - at));
      const equal = commonLength(there, bytes.subarray(at));
      same += equal;
      if (equal < there.length || there.length === 0) return same;
      at += there.length;
    }
  }
  return same;
}

/** Returns how many bytes at the beginning of `bytes` are those of `others`. A callback for each would take longer. */
function commonLength(bytes: Uint8Array, others: Uint8Array): number {
  let length = 0;
  while (length < bytes.length && bytes[length] === others[length]) length++;
  return length;
}

/** Names an open file. Its path may lead to another one by now, though not on Windows, where a handle may tell no number. */
function idOfOpen({ handle }: OpenFile, path: string): string | undefined {
  return idOf(Deno.build.os === "windows" ? Deno.statSync(path) : handle.statSync());
}

/** Names a file, so that another one in its place is noticed. */
function idOf({ dev, ino }: Deno.FileInfo): string | undefined {
  return ino === null ? undefined : `${dev} ${ino}`;
}

/** Makes a path independent of later changes of the working directory, if that may be read. */
function absolute(path: string): string {
  const directory = isAbsolutePath(path) ? undefined : currentDirectory();
  return directory === undefined ? path : `${directory}/${path}`;
}
