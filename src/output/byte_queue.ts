/**
 * Bytes in order, any number of them.
 *
 * @module
 */
import { BLOCK_BYTES, type Piece, type Spool } from "./spool.ts";

const EMPTY = new Uint8Array();
/** How many pieces that were taken may stand in the list of them. */
const MAX_TAKEN = 1_024;

/** Takes bytes at its end and gives them back from its start; what is not at its very end waits in a spool. */
export class ByteQueue {
  readonly #spool: Spool;
  #pieces: Piece[] = [];
  /** How many of them were taken. */
  #taken = 0;
  #tail = EMPTY;
  #tailLength = 0;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  /** Whether there is nothing in it. */
  get isEmpty(): boolean {
    return this.#taken === this.#pieces.length && this.#tailLength === 0;
  }

  /** Adds a copy of some bytes; {@linkcode Spool.settle} is called next. */
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + BLOCK_BYTES - this.#tailLength);
      this.#reserve(this.#tailLength + piece.length);
      this.#tail.set(piece, this.#tailLength);
      this.#tailLength += piece.length;
      at += piece.length;
      if (this.#tailLength === BLOCK_BYTES) this.#closeTail();
    }
  }

  /** Adds all that another queue of the same spool holds, and leaves that empty; else as {@linkcode ByteQueue.write}. */
  append(other: ByteQueue): void {
    const tail = other.#tail.subarray(0, other.#tailLength);
    if (other.#taken < other.#pieces.length) {
      this.#closeTail();
      for (let at = other.#taken; at < other.#pieces.length; at++) {
        this.#pieces.push(other.#pieces[at]!);
      }
    }
    other.#reset();
    this.write(tail);
  }

  /** Takes some bytes from its start; none when it is empty. */
  take(): Uint8Array | Promise<Uint8Array> {
    const piece = this.#pieces[this.#taken];
    if (piece === undefined) {
      const tail = this.#tail.subarray(0, this.#tailLength);
      this.#reset();
      return tail;
    }
    this.#taken++;
    if (this.#taken >= MAX_TAKEN) {
      this.#pieces = this.#pieces.slice(this.#taken);
      this.#taken = 0;
    }
    return this.#spool.take(piece);
  }

  /** Drops all that it holds. */
  clear(): void {
    for (const piece of this.#pieces.slice(this.#taken)) this.#spool.drop(piece);
    this.#reset();
  }

  #reset(): void {
    this.#pieces = [];
    this.#taken = 0;
    this.#tail = EMPTY;
    this.#tailLength = 0;
  }

  #closeTail(): void {
    if (this.#tailLength === 0) return;
    this.#pieces.push(this.#spool.hold(this.#tail.subarray(0, this.#tailLength)));
    this.#tail = EMPTY;
    this.#tailLength = 0;
  }

  /** Grows by doubling: most workers print little. */
  #reserve(length: number): void {
    if (length <= this.#tail.length) return;
    const size = Math.min(BLOCK_BYTES, Math.max(1_024, 2 * this.#tail.length, length));
    const tail = new Uint8Array(size);
    tail.set(this.#tail.subarray(0, this.#tailLength));
    this.#tail = tail;
  }
}
