/**
 * Queue of bytes of stdout and stderr, in the order in which they are written.
 *
 * @module
 */
import type { OutputStream } from "../model/protocol.ts";
import { concatBytes } from "../base/bytes.ts";
import type { ByteQueue } from "./byte_queue.ts";

const NEWLINE = 10;
const EMPTY = new Uint8Array();
/** Number of taken sections after which they are removed from the list. */
const MAX_TAKEN = 1_024;

/** Bytes of one stream. */
export interface StreamBytes {
  readonly stream: OutputStream;
  readonly bytes: Uint8Array;
}

/** Neighbouring bytes of one stream. */
interface Section {
  readonly stream: OutputStream;
  length: number;
}

/** First in, first out. All bytes are in one {@linkcode ByteQueue}; the sections tell to which stream they belong. */
export class StreamQueue {
  readonly #bytes: ByteQueue;
  #sections: Section[] = [];
  /** Number of sections that were taken. */
  #taken = 0;
  /** Bytes that were taken from the queue and belong to the next sections. */
  #rest: Uint8Array = EMPTY;

  /** @param bytes An empty queue, which belongs to this one from now on. */
  constructor(bytes: ByteQueue) {
    this.#bytes = bytes;
  }

  /** The number of its bytes. */
  get length(): number {
    return this.#bytes.length + this.#rest.length;
  }

  /** Whether it has no bytes. */
  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** Adds a copy of bytes, or moves all bytes of a queue of the same spool here. */
  add(stream: OutputStream, what: Uint8Array | ByteQueue): void {
    this.#extend(stream, what.length);
    if (what instanceof Uint8Array) this.#bytes.write(what);
    else this.#bytes.append(what);
  }

  /** Moves all bytes of another queue of the same spool, of which none was taken, to this one. */
  append(other: StreamQueue): void {
    for (const { stream, length } of other.#sections) this.#extend(stream, length);
    other.#sections = [];
    this.#bytes.append(other.#bytes);
  }

  /** Removes and returns bytes from its start, all of one stream. It must not be empty. */
  async take(): Promise<StreamBytes> {
    if (this.#needsMore()) this.#rest = concatBytes(this.#rest, await this.#bytes.take());
    else if (this.#rest.length === 0) this.#rest = await this.#bytes.take();
    // It may have been cleared meanwhile.
    const section = this.#sections[this.#taken];
    if (section === undefined) {
      this.#rest = EMPTY;
      return { stream: "stdout", bytes: EMPTY };
    }
    const bytes = wholeLines(this.#rest.subarray(0, section.length), section);
    this.#rest = this.#rest.subarray(bytes.length);
    section.length -= bytes.length;
    if (section.length === 0) this.#taken++;
    if (this.#taken >= MAX_TAKEN) {
      this.#sections = this.#sections.slice(this.#taken);
      this.#taken = 0;
    }
    return { stream: section.stream, bytes };
  }

  /** Removes all bytes. */
  clear(): void {
    this.#bytes.clear();
    this.#sections = [];
    this.#taken = 0;
    this.#rest = EMPTY;
  }

  /** Returns whether the rest is the beginning of a line that goes on in the next block. */
  #needsMore(): boolean {
    const section = this.#sections[this.#taken];
    return this.#rest.length > 0 && section !== undefined &&
      section.length > this.#rest.length && wholeLines(this.#rest, section) === this.#rest;
  }

  #extend(stream: OutputStream, length: number): void {
    if (length === 0) return;
    const last = this.#sections.length > this.#taken ? this.#sections.at(-1)! : undefined;
    if (last?.stream === stream) last.length += length;
    else this.#sections.push({ stream, length });
  }
}

/**
 * Returns the bytes that are written at a time. Lines of a reporter may come between two writes to the same terminal, so these end
 * with a line, unless that is longer than a block.
 */
function wholeLines(bytes: Uint8Array, { length }: Section): Uint8Array {
  if (length === bytes.length) return bytes;
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  return end === 0 || end === bytes.length ? bytes : bytes.subarray(0, end);
}
