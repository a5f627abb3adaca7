/**
 * Bytes that wait, in memory as long as there is room, else on disk.
 *
 * @module
 */
import { writeAll } from "../base/bytes.ts";

/** How many bytes a piece has at most, and a block of the file. */
export const BLOCK_BYTES = 64 * 1024;

/** Some bytes that wait: in memory, or in a block of the file. */
export interface Piece {
  readonly length: number;
  bytes?: Uint8Array;
  block?: number;
}

/**
 * Keeps pieces: up to a budget in memory, what is more in a temporary file whose blocks are used again. The file has no
 * name from the moment it is there: whatever ends this process, nothing is left of it. (On Windows it is removed when it
 * is closed.) It takes one file descriptor, however much there is.
 */
export class Spool {
  readonly #budget: number;
  /** Bytes in memory that the budget has room for. */
  #used = 0;
  /** Pieces in memory that it has no room for. */
  readonly #excess = new Set<Piece>();
  #file: Deno.FsFile | undefined;
  #path: string | undefined;
  #blocks = 0;
  #free: number[] = [];
  /** The file has one position, so that there is one operation at a time. */
  #busy: Promise<unknown> = Promise.resolve();

  /** @param budget How many bytes may wait in memory. */
  constructor(budget: number) {
    this.#budget = budget;
  }

  /** Takes some bytes over, in memory for now: {@linkcode Spool.settle} is called next. */
  hold(bytes: Uint8Array): Piece {
    const piece: Piece = { length: bytes.length, bytes };
    if (!this.#admit(piece)) this.#excess.add(piece);
    return piece;
  }

  /** Resolves when what memory has no room for is on disk; rejects when that cannot be, and it stays in memory. */
  settle(): Promise<void> | undefined {
    return this.#excess.size === 0 ? undefined : this.#settle();
  }

  /** Gives a piece back, and keeps it no longer. */
  take(piece: Piece): Uint8Array | Promise<Uint8Array> {
    const { bytes } = piece;
    if (bytes === undefined) return this.#read(piece);
    this.drop(piece);
    return bytes;
  }

  /** Keeps a piece no longer. */
  drop(piece: Piece): void {
    if (piece.block !== undefined) this.#release(piece.block);
    else if (!this.#excess.delete(piece)) this.#used -= piece.length;
  }

  /** Closes the file, all that it holds lost. */
  async close(): Promise<void> {
    await this.#busy;
    this.#file?.close();
    this.#file = undefined;
    this.#blocks = 0;
    this.#free = [];
    if (this.#path !== undefined) Deno.removeSync(this.#path);
    this.#path = undefined;
  }

  #admit({ length }: Piece): boolean {
    const hasRoom = this.#used + length <= this.#budget;
    if (hasRoom) this.#used += length;
    return hasRoom;
  }

  async #settle(): Promise<void> {
    for (const piece of this.#excess) await this.#alone(() => this.#writeOut(piece));
  }

  async #writeOut(piece: Piece): Promise<void> {
    const { bytes } = piece;
    if (bytes === undefined || !this.#excess.has(piece)) return;
    if (this.#admit(piece)) return void this.#excess.delete(piece);
    const file = this.#file ??= this.#open();
    const block = this.#free.pop() ?? this.#blocks++;
    try {
      file.seekSync(block * BLOCK_BYTES, Deno.SeekMode.Start);
      await writeAll(file, bytes);
    } catch (error) {
      this.#release(block);
      throw error;
    }
    // It may have been taken meanwhile.
    if (!this.#excess.delete(piece)) return this.#release(block);
    piece.block = block;
    piece.bytes = undefined;
  }

  async #read(piece: Piece): Promise<Uint8Array> {
    const bytes = new Uint8Array(piece.length);
    await this.#alone(async () => {
      const file = this.#file!;
      file.seekSync(piece.block! * BLOCK_BYTES, Deno.SeekMode.Start);
      for (let at = 0; at < bytes.length;) {
        const count = await file.read(bytes.subarray(at));
        if (count === null) throw new Error("the temporary file is shorter than it was");
        at += count;
      }
    });
    this.drop(piece);
    return bytes;
  }

  #open(): Deno.FsFile {
    const path = Deno.makeTempFileSync({ prefix: "executor-output-" });
    try {
      return Deno.openSync(path, { read: true, write: true });
    } finally {
      if (Deno.build.os === "windows") this.#path = path;
      else Deno.removeSync(path);
    }
  }

  /** A file in which nothing waits any more gives its room back. */
  #release(block: number): void {
    this.#free.push(block);
    if (this.#free.length < this.#blocks) return;
    this.#alone(async () => {
      if (this.#free.length < this.#blocks || this.#blocks === 0) return;
      await this.#file?.truncate(0);
      this.#blocks = 0;
      this.#free = [];
    }).catch(() => {});
  }

  #alone(action: () => Promise<void>): Promise<void> {
    const done = this.#busy.then(action);
    this.#busy = done.catch(() => {});
    return done;
  }
}
