/**
 * Stores pieces of bytes in memory up to a budget, and beyond it on disk.
 *
 * @module
 */
import { writeAll } from "../base/write_all.ts";
import { readEnv } from "../base/env.ts";

/** Maximum size of a piece, and size of a block of the file. */
export const BLOCK_BYTES = 64 * 1024;

/** A stored piece, in memory or in a block of the file. */
export interface Piece {
  readonly length: number;
  bytes?: Uint8Array;
  block?: number;
}

/**
 * Keeps pieces up to a budget in memory, and more of them in a temporary file whose blocks are reused. The file is unlinked
 * as soon as it is open, so that nothing is left when this process ends, whatever the reason. (On Windows, it is removed
 * when it is closed.) It takes one file descriptor.
 */
export class Spool {
  readonly #budget: number;
  /** Number of bytes in memory within the budget. */
  #used = 0;
  /** Pieces in memory beyond the budget. */
  readonly #excess = new Set<Piece>();
  #file: Deno.FsFile | undefined;
  #path: string | undefined;
  #blocks = 0;
  #free: number[] = [];
  /** The last operation on the file. As the file has one position, operations run one after the other. */
  #busy: Promise<unknown> = Promise.resolve();

  /** @param budget Maximum number of bytes in memory. */
  constructor(budget: number) {
    this.#budget = budget;
  }

  /** Stores bytes, in memory for now. Call {@linkcode Spool.settle} afterwards. */
  hold(bytes: Uint8Array): Piece {
    const piece: Piece = { length: bytes.length, bytes };
    if (!this.#admit(piece)) this.#excess.add(piece);
    return piece;
  }

  /** Moves pieces beyond the budget to disk. Rejects if that is impossible; the pieces stay in memory then. */
  settle(): Promise<void> | undefined {
    return this.#excess.size === 0 ? undefined : this.#settle();
  }

  /** Returns the bytes of a piece, and removes it. */
  take(piece: Piece): Uint8Array | Promise<Uint8Array> {
    const { bytes } = piece;
    if (bytes === undefined) return this.#read(piece);
    this.drop(piece);
    return bytes;
  }

  /** Removes a piece. */
  drop(piece: Piece): void {
    if (piece.block !== undefined) this.#release(piece.block);
    else if (!this.#excess.delete(piece)) this.#used -= piece.length;
  }

  /** Closes the file, whose pieces are lost. */
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
    const path = makeTempFile();
    try {
      return Deno.openSync(path, { read: true, write: true });
    } finally {
      if (Deno.build.os === "windows") this.#path = path;
      else Deno.removeSync(path);
    }
  }

  /** Frees a block. An empty file is truncated. */
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

function makeTempFile(): string {
  try {
    return Deno.makeTempFileSync({ prefix: "executor-output-" });
  } catch (error) {
    if (error instanceof Error) {
      const folder = readEnv("TMPDIR");
      const place = folder ? `TMPDIR, ${folder}` : "the folder for them";
      error.message = `no temporary file can be made in ${place}: ${error.message}`;
    }
    throw error;
  }
}
