/**
 * Writes output in the background, at the pace of its reader.
 *
 * @module
 */
import { writeAll } from "../base/bytes.ts";
import { errorMessage } from "../base/errors.ts";
import { ByteQueue } from "./byte_queue.ts";
import type { OutputRun } from "./output.ts";
import { Spool } from "./spool.ts";

/** Options of outputs that write a single stream. */
export interface WriteOptions {
  /**
   * Writes bytes. The next call waits until the returned promise resolves. If it rejects, there are no more calls. A reader
   * that is gone (`Deno.errors.BrokenPipe`) is no error; any other error causes a warning.
   *
   * @default {writes to stdout}
   */
  write?: (bytes: Uint8Array) => Promise<void>;
  /**
   * Maximum number of bytes that wait in memory, beside 64 KiB per worker. More bytes wait in an unnamed temporary file.
   *
   * @default {16777216}
   */
  maxMemory?: number;
}

/** Writes bytes in order. Callers that add bytes wait for the disk at most, never for the reader. */
export class OutputWriter {
  readonly #given: ((bytes: Uint8Array) => Promise<void>) | undefined;
  #write: (bytes: Uint8Array) => Promise<void>;
  readonly #spool: Spool;
  readonly #queue: ByteQueue;
  #warn: (text: string) => void = () => {};
  #writing: Promise<void> | undefined;
  #isGone = false;

  constructor({ write, maxMemory = 16 << 20 }: WriteOptions) {
    this.#given = write;
    this.#write = write ?? writeStdout;
    this.#spool = new Spool(maxMemory);
    this.#queue = this.makeQueue();
  }

  /** Whether it writes to stdout. */
  get writesStdout(): boolean {
    return this.#given === undefined;
  }

  /** Whether the reader is gone. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Prepares for a run. */
  open({ warn, print = writeStdout }: OutputRun): void {
    this.#warn = warn;
    this.#write = this.#given ?? print;
    this.#isGone = false;
  }

  /** Makes a queue for bytes that are not written yet. */
  makeQueue(): ByteQueue {
    return new ByteQueue(this.#spool);
  }

  /** Adds bytes, or all bytes of a queue. Call {@linkcode OutputWriter.settle} afterwards. */
  add(what: Uint8Array | ByteQueue): void {
    if (what instanceof ByteQueue) this.#queue.append(what);
    else this.#queue.write(what);
    if (this.#isGone) this.#queue.clear();
    else if (!this.#queue.isEmpty) this.#writing ??= this.#writeAll();
  }

  /** See {@linkcode Spool.settle}. Await it after each change. */
  settle(): Promise<void> | undefined {
    return this.#spool.settle();
  }

  /** Resolves when everything is written, or the reader is gone. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#spool.close();
  }

  /** Stops writing. */
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

/** Writes bytes to stdout, unchanged. */
export async function writeStdout(bytes: Uint8Array): Promise<void> {
  await writeAll(Deno.stdout, bytes);
}
