/**
 * Writes output in the background, at the pace of its reader.
 *
 * @module
 */
import { writeAll } from "../base/bytes.ts";
import { readEnv } from "../base/env.ts";
import { functionCheck, integer } from "../model/value_types.ts";
import { type ColorChoice, useColor } from "../terminal/capabilities.ts";
import { TerminalFilter } from "../terminal/sanitize.ts";
import { ByteQueue } from "./byte_queue.ts";
import type { OutputRun } from "./output.ts";
import { Spool } from "./spool.ts";

/** Options of outputs that write a single stream. */
export interface WriteOptions {
  /**
   * Writes bytes. The next call waits until the returned promise resolves. If it rejects, there are no more calls. A reader
   * that is gone (`Deno.errors.BrokenPipe`) is no error. After any other error, the ranges whose output is not written yet
   * are CRASHED, with the cause `output-lost`.
   *
   * @default {writes to stdout; to a terminal, without control sequences other than colours}
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
  /** Called once these are written. */
  readonly reached: () => void;
  /** Called if they cannot be written; neither is called if their reader is gone. */
  readonly lost: (error: unknown) => void;
}

/** Writes bytes in order. Callers that add bytes wait for the disk at most, never for the reader. */
export class OutputWriter {
  readonly #given: ((bytes: Uint8Array) => Promise<void>) | undefined;
  #write: (bytes: Uint8Array) => Promise<void>;
  readonly #spool: Spool;
  readonly #queue: ByteQueue;
  #writing: Promise<void> | undefined;
  /** Bytes that were added, and bytes that were written, since the start. */
  #added = 0;
  #written = 0;
  /** Those that are not reached yet, in order; their places count from the start. */
  #marks: Mark[] = [];
  #isGone = false;
  #failure: { readonly error: unknown } | undefined;
  #readerGone: () => void = () => {};
  #onFailure: (error: unknown) => void = () => {};

  constructor({ write, maxMemory = 16 << 20 }: WriteOptions) {
    this.#given = write;
    this.#write = write ?? stdoutWriter();
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

  /** Throws the error with which writing has failed. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Prepares for a run. `onFailure` is called once if writing fails, after the marks are lost. */
  open(
    { readerGone, print = stdoutWriter() }: OutputRun,
    onFailure: (error: unknown) => void = () => {},
  ): void {
    this.#readerGone = readerGone;
    this.#onFailure = onFailure;
    this.#write = this.#given ?? print;
    this.#isGone = false;
    this.#failure = undefined;
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
    if (this.#failure !== undefined) {
      for (const { lost } of marks) lost(this.#failure.error);
    } else if (!this.#isGone) {
      for (const mark of marks) this.#marks.push({ ...mark, at: start + mark.at });
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
        await this.#writeBlock(await this.#queue.take());
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#writing = undefined;
  }

  /** Writes bytes up to one mark after the other: what is written of a block that fails then counts as written. */
  async #writeBlock(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length && !this.#isGone;) {
      const mark = this.#marks[0]?.at ?? Infinity;
      const to = Math.min(bytes.length, from + mark - this.#written);
      await this.#write(bytes.subarray(from, to));
      from = to;
      this.#written = this.#added - this.#queue.length - (bytes.length - from);
      this.#passMarks();
    }
  }

  #fail(error: unknown): void {
    const [marks, wasGone] = [this.#marks, this.#isGone];
    this.#giveUp();
    if (wasGone) return;
    if (error instanceof Deno.errors.BrokenPipe) return this.#readerGone();
    this.#failure = { error };
    for (const { lost } of marks) lost(error);
    this.#onFailure(error);
  }
}

/**
 * Returns a function that writes bytes to stdout: unchanged to a file or pipe, and without control sequences to a terminal. There,
 * colours pass if `color` says so.
 */
export function stdoutWriter(color: ColorChoice = "auto"): (bytes: Uint8Array) => Promise<void> {
  if (!Deno.stdout.isTerminal()) return writeStdout;
  const filter = new TerminalFilter({ color: useColor(color, { env: readEnv, isTerminal: true }) });
  const encoder = new TextEncoder();
  return (bytes) => writeStdout(encoder.encode(filter.filter(bytes)));
}

async function writeStdout(bytes: Uint8Array): Promise<void> {
  await writeAll(Deno.stdout, bytes);
}
