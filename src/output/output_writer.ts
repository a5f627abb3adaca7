/**
 * Where output leaves, at the pace of its reader.
 *
 * @module
 */
import { writeAll } from "../base/bytes.ts";
import { errorMessage } from "../base/errors.ts";
import { ByteQueue } from "./byte_queue.ts";
import { Spool } from "./spool.ts";

/** Options of outputs that write. */
export interface WriteOptions {
  /**
   * Writes some bytes; called again when what it returns has resolved. One that rejects is called no more: a reader that
   * is gone (`Deno.errors.BrokenPipe`) is no error, anything else is a warning.
   *
   * @default {writes to stdout}
   */
  write?: (bytes: Uint8Array) => Promise<void>;
  /**
   * How many bytes may wait in memory, beside 64 KiB per worker; what is more waits in a temporary file without a name.
   *
   * @default {16777216}
   */
  maxMemory?: number;
}

/** Writes what it is given in order, while others go on: whoever adds to it waits for the disk at most, not for the reader. */
export class OutputWriter {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  readonly #spool: Spool;
  readonly #queue: ByteQueue;
  #warn: (text: string) => void = () => {};
  #writing: Promise<void> | undefined;
  #isGone = false;

  constructor({ write = writeStdout, maxMemory = 16 << 20 }: WriteOptions) {
    this.#write = write;
    this.#spool = new Spool(maxMemory);
    this.#queue = this.makeQueue();
  }

  /** Whether nobody is there to read any more. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Begins anew, and says whom to tell when something cannot be written. */
  open(warn: (text: string) => void): void {
    this.#warn = warn;
    this.#isGone = false;
  }

  /** Makes a queue of bytes that are not to be written yet. */
  makeQueue(): ByteQueue {
    return new ByteQueue(this.#spool);
  }

  /** Adds bytes, or all of a queue, to what is written; {@linkcode OutputWriter.settle} is called next. */
  add(what: Uint8Array | ByteQueue): void {
    if (what instanceof ByteQueue) this.#queue.append(what);
    else this.#queue.write(what);
    if (this.#isGone) this.#queue.clear();
    else if (!this.#queue.isEmpty) this.#writing ??= this.#writeAll();
  }

  /** See {@linkcode Spool.settle}: to be awaited after each change. */
  settle(): Promise<void> | undefined {
    return this.#spool.settle();
  }

  /** Resolves when all is written, or nobody reads it. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#spool.close();
  }

  /** Writes no more. */
  abandon(): void {
    this.#isGone = true;
    this.#queue.clear();
    this.#spool.close();
  }

  async #writeAll(): Promise<void> {
    try {
      while (!this.#queue.isEmpty) await this.#write(await this.#queue.take());
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe) && !this.#isGone) {
        this.#warn(`the output cannot be written, the work goes on: ${errorMessage(error)}`);
      }
      this.#isGone = true;
      this.#queue.clear();
    }
    this.#writing = undefined;
  }
}

/** Writes to stdout, as it is. */
export async function writeStdout(bytes: Uint8Array): Promise<void> {
  await writeAll(Deno.stdout, bytes);
}
