/**
 * Queue of bytes of any length, backed by a spool.
 *
 * @module
 */
import { BLOCK_BYTES, type Piece, type Spool } from "./spool.ts";

const EMPTY = new Uint8Array();
/** Number of taken pieces after which they are removed from the list. */
const MAX_TAKEN = 1_024;

/** First in, first out. All bytes but the last ones are stored in a spool. */
export class ByteQueue {
  readonly #spool: Spool;
  #pieces: Piece[] = [];
  /** Number of pieces that were taken. */
  #taken = 0;
  #tail = EMPTY;
  #tailLength = 0;
  #length = 0;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  /** The number of its bytes. */
  get length(): number {
    return this.#length;
  }

  /** Whether it has no bytes. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Adds a copy of bytes. Call {@linkcode Spool.settle} afterwards. */
  write(bytes: Uint8Array): void {
    this.#length += bytes.length;
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + BLOCK_BYTES - this.#tailLength);
      this.#reserve(this.#tailLength + piece.length);
      this.#tail.set(piece, this.#tailLength);
      this.#tailLength += piece.length;
      at += piece.length;
      if (this.#tailLength === BLOCK_BYTES) this.#closeTail();
    }
  }

  /** Moves all bytes of another queue of the same spool to this one. Call {@linkcode Spool.settle} afterwards. */
  append(other: ByteQueue): void {
    const tail = other.#tail.subarray(0, other.#tailLength);
    if (other.#taken < other.#pieces.length) {
      this.#closeTail();
      for (let at = other.#taken; at < other.#pieces.length; at++) {
        const piece = other.#pieces[at]!;
        this.#pieces.push(piece);
        this.#length += piece.length;
      }
    }
    other.#reset();
    this.write(tail);
  }

  /** Removes and returns bytes from its start; no bytes if it is empty. */
  take(): Uint8Array | Promise<Uint8Array> {
    const piece = this.#pieces[this.#taken];
    if (piece === undefined) {
      const tail = this.#tail.subarray(0, this.#tailLength);
      this.#reset();
      return tail;
    }
    this.#taken++;
    this.#length -= piece.length;
    if (this.#taken >= MAX_TAKEN) {
      this.#pieces = this.#pieces.slice(this.#taken);
      this.#taken = 0;
    }
    return this.#spool.take(piece);
  }

  /** Removes all bytes. */
  clear(): void {
    for (const piece of this.#pieces.slice(this.#taken)) this.#spool.drop(piece);
    this.#reset();
  }

  #reset(): void {
    this.#pieces = [];
    this.#taken = 0;
    this.#tail = EMPTY;
    this.#tailLength = 0;
    this.#length = 0;
  }

  #closeTail(): void {
    if (this.#tailLength === 0) return;
    this.#pieces.push(this.#spool.hold(this.#tail.subarray(0, this.#tailLength)));
    this.#tail = EMPTY;
    this.#tailLength = 0;
  }

  /** Grows the buffer by doubling, as most workers print little. */
  #reserve(length: number): void {
    if (length <= this.#tail.length) return;
    const size = Math.min(BLOCK_BYTES, Math.max(1_024, 2 * this.#tail.length, length));
    const tail = new Uint8Array(size);
    tail.set(this.#tail.subarray(0, this.#tailLength));
    this.#tail = tail;
  }
}
