/**
 * Writes output in the background, at the pace of its reader.
 *
 * @module
 */
import { writeAll } from "../base/bytes.ts";
import { errorMessage } from "../base/errors.ts";
import { functionCheck, integer } from "../model/value_types.ts";
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

/** The checks of {@linkcode WriteOptions}. */
export const WRITE_CHECKS = { write: functionCheck, maxMemory: integer(0) };

/** A place among bytes. */
export interface Mark {
  /** The number of bytes before it. */
  readonly at: number;
  /** Called once these are written; never if they cannot be written. */
  readonly reached: () => void;
}

/** Writes bytes in order. Callers that add bytes wait for the disk at most, never for the reader. */
export class OutputWriter {
  readonly #given: ((bytes: Uint8Array) => Promise<void>) | undefined;
  #write: (bytes: Uint8Array) => Promise<void>;
  readonly #spool: Spool;
  readonly #queue: ByteQueue;
  #warn: (text: string) => void = () => {};
  #writing: Promise<void> | undefined;
  /** Bytes that were added, and bytes that were written, since the start. */
  #added = 0;
  #written = 0;
  /** Those that are not reached yet, in order; their places count from the start. */
  #marks: Mark[] = [];
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
    this.#written = this.#added;
  }

  /** Makes a queue for bytes that are not written yet. */
  makeQueue(): ByteQueue {
    return new ByteQueue(this.#spool);
  }

  /** Adds bytes, or all bytes of a queue, with marks among them. Call {@linkcode OutputWriter.settle} afterwards. */
  add(what: Uint8Array | ByteQueue, marks: readonly Mark[] = []): void {
    const start = this.#added;
    this.#added += what.length;
    if (!this.#isGone) {
      for (const { at, reached } of marks) this.#marks.push({ at: start + at, reached });
      this.#passMarks();
    }
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
    this.#giveUp();
    this.#spool.close();
  }

  #giveUp(): void {
    this.#isGone = true;
    this.#queue.clear();
    this.#marks = [];
  }

  #passMarks(): void {
    const passed = this.#marks.findIndex(({ at }) => at > this.#written);
    const marks = this.#marks.splice(0, passed < 0 ? this.#marks.length : passed);
    for (const { reached } of marks) reached();
  }

  async #writeAll(): Promise<void> {
    try {
      while (!this.#queue.isEmpty) {
        await this.#write(await this.#queue.take());
        this.#written = this.#added - this.#queue.length;
        this.#passMarks();
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe) && !this.#isGone) {
        this.#warn(`the output cannot be written, the work goes on: ${errorMessage(error)}`);
      }
      this.#giveUp();
    }
    this.#writing = undefined;
  }
}

/** Writes bytes to stdout, unchanged. */
export async function writeStdout(bytes: Uint8Array): Promise<void> {
  await writeAll(Deno.stdout, bytes);
}
