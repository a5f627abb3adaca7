/**
 * Writes output in the background, at the pace of its readers.
 *
 * @module
 */
import { writeAll } from "../base/write_all.ts";
import { readEnv } from "../base/env.ts";
import type { OutputStream } from "../model/protocol.ts";
import { functionCheck, integer } from "../model/value_types.ts";
import { type ColorChoice, useColor } from "../terminal/capabilities.ts";
import { TerminalFilter } from "../terminal/sanitize.ts";
import { ByteQueue } from "./byte_queue.ts";
import type { OutputRun } from "./output.ts";
import { Spool } from "./spool.ts";
import { type StreamBytes, StreamQueue } from "./stream_queue.ts";

/** Options of outputs that write what workers print. */
export interface WriteOptions {
  /**
   * Writes bytes of stdout. The next call waits until the returned promise resolves. If it rejects, there are no more
   * calls. A reader that is gone (`Deno.errors.BrokenPipe`) is no error. After any other error, the ranges whose output is
   * not written yet are CRASHED, with the cause `output-lost`.
   *
   * @default {writes to stdout; to a terminal, without control sequences other than colours}
   */
  write?: (bytes: Uint8Array) => Promise<void>;
  /**
   * Writes bytes of stderr, in the same way. Both streams are written in one order: no call begins before the last one of
   * either has resolved.
   *
   * @default {writes to stderr, as `write` does to stdout; if `write` is given, stderr is not written}
   */
  writeStderr?: (bytes: Uint8Array) => Promise<void>;
  /**
   * Maximum number of bytes that wait in memory, beside 64 KiB per worker and stream. More bytes wait in an unnamed
   * temporary file.
   *
   * @default {16777216}
   */
  maxMemory?: number;
}

/** The checks of {@linkcode WriteOptions}. */
export const WRITE_CHECKS = {
  write: functionCheck,
  writeStderr: functionCheck,
  maxMemory: integer(0),
};

/** A place among bytes. */
export interface Mark {
  /** The number of bytes before it. */
  readonly at: number;
  /** The streams of the bytes that belong to it. */
  readonly streams: readonly OutputStream[];
  /** Called once these are written. */
  readonly reached: () => void;
  /** Called if one of the streams cannot be written. Neither is called if the reader of stdout is gone. */
  readonly lost: (error: unknown) => void;
}

/** Where the bytes of a stream go. */
interface Sink {
  write: (bytes: Uint8Array) => Promise<void>;
  /** Whether the reader is gone. */
  isGone: boolean;
  /** Why writing has failed. */
  failure?: { readonly error: unknown };
}

/** Options of {@linkcode OutputWriter.open}. */
export interface WriterRun extends Pick<OutputRun, "readerGone" | "print" | "printError"> {
  /** Called once for each stream that cannot be written, after its marks are lost. */
  readonly onFailure?: (stream: OutputStream, error: unknown) => void;
}

/** Writes bytes of both streams in order. Callers that add bytes wait for the disk at most, never for a reader. */
export class OutputWriter {
  readonly #given: Pick<WriteOptions, "write" | "writeStderr">;
  readonly #spool: Spool;
  readonly #queue: StreamQueue;
  readonly #sinks: Readonly<Record<OutputStream, Sink>>;
  #writing: Promise<void> | undefined;
  /** Bytes that were added, and bytes that were written or dropped, since the start. */
  #added = 0;
  #written = 0;
  /** Those that are not reached yet, in order; their places count from the start. */
  #marks: Mark[] = [];
  #run: WriterRun = { readerGone() {} };

  constructor({ write, writeStderr, maxMemory = 16 << 20 }: WriteOptions) {
    this.#given = { write, writeStderr };
    this.#sinks = {
      stdout: { write: write ?? stdoutWriter(), isGone: false },
      stderr: { write: writeStderr ?? stderrWriter(), isGone: false },
    };
    this.#spool = new Spool(maxMemory);
    this.#queue = new StreamQueue(this.makeQueue());
  }

  /** Whether it writes to stdout. */
  get writesStdout(): boolean {
    return this.#given.write === undefined;
  }

  /** Whether it writes to stderr. */
  get writesStderr(): boolean {
    return this.#given.writeStderr === undefined && this.#given.write === undefined;
  }

  /** Whether the bytes of stderr are written anywhere. */
  get takesStderr(): boolean {
    return this.writesStderr || this.#given.writeStderr !== undefined;
  }

  /** Returns whether the reader of a stream is gone. */
  isGone(stream: OutputStream): boolean {
    return this.#sinks[stream].isGone;
  }

  /** Throws the error with which writing a stream has failed. */
  check(stream: OutputStream): void {
    const { failure } = this.#sinks[stream];
    if (failure !== undefined) throw failure.error;
  }

  /** Prepares for a run. */
  open(run: WriterRun): void {
    const { print = stdoutWriter(), printError = stderrWriter() } = run;
    const { write = print, writeStderr = printError } = this.#given;
    this.#run = run;
    Object.assign(this.#sinks.stdout, { write, isGone: false, failure: undefined });
    Object.assign(this.#sinks.stderr, { write: writeStderr, isGone: false, failure: undefined });
    this.#written = this.#added;
  }

  /** Makes a queue for bytes that are not written yet. */
  makeQueue(): ByteQueue {
    return new ByteQueue(this.#spool);
  }

  /** Adds bytes, or all bytes of a queue. Call {@linkcode OutputWriter.settle} afterwards. */
  add(stream: OutputStream, what: Uint8Array | ByteQueue): void {
    this.#added += what.length;
    this.#queue.add(stream, what);
    this.#start();
  }

  /** Adds all bytes of a queue, with marks among them. Call {@linkcode OutputWriter.settle} afterwards. */
  append(queue: StreamQueue, marks: readonly Mark[]): void {
    const start = this.#added;
    this.#added += queue.length;
    for (const mark of marks) this.#addMark({ ...mark, at: start + mark.at });
    this.#queue.append(queue);
    this.#start();
  }

  /** Adds a mark after all bytes that were added. */
  mark(mark: Omit<Mark, "at">): void {
    this.#addMark({ ...mark, at: this.#added });
  }

  /** See {@linkcode Spool.settle}. Await it after each change. */
  settle(): Promise<void> | undefined {
    return this.#spool.settle();
  }

  /** Resolves when everything is written, or the readers are gone. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#spool.close();
  }

  /** Stops writing. */
  abandon(): void {
    for (const sink of Object.values(this.#sinks)) sink.isGone = true;
    this.#queue.clear();
    this.#marks = [];
    this.#spool.close();
  }

  #addMark(mark: Mark): void {
    const { failure } = mark.streams.map((stream) => this.#sinks[stream])
      .find(({ failure }) => failure !== undefined) ?? {};
    if (failure !== undefined) return mark.lost(failure.error);
    if (this.#sinks.stdout.isGone) return;
    this.#marks.push(mark);
    this.#passMarks();
  }

  #start(): void {
    if (!this.#queue.isEmpty) this.#writing ??= this.#writeAll();
  }

  #passMarks(): void {
    const passed = this.#marks.findIndex(({ at }) => at > this.#written);
    const marks = this.#marks.splice(0, passed < 0 ? this.#marks.length : passed);
    for (const { reached } of marks) reached();
  }

  async #writeAll(): Promise<void> {
    // What is added in one turn, such as a tag and its line, is written together: others may write to the same terminal.
    await Promise.resolve();
    try {
      while (!this.#queue.isEmpty) await this.#writePiece(await this.#queue.take());
    } catch (error) {
      // What waits on the disk cannot be read.
      this.#queue.clear();
      for (const stream of ["stdout", "stderr"] as const) this.#fail(stream, error);
      this.#written = this.#added;
      this.#passMarks();
    }
    this.#writing = undefined;
  }

  /** Writes bytes up to one mark after the other: what is written of a piece that fails then counts as written. */
  async #writePiece({ stream, bytes }: StreamBytes): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      const mark = this.#marks[0]?.at ?? Infinity;
      const to = Math.min(bytes.length, from + mark - this.#written);
      await this.#write(stream, bytes.subarray(from, to));
      from = to;
      this.#written = this.#added - this.#queue.length - (bytes.length - from);
      this.#passMarks();
    }
  }

  async #write(stream: OutputStream, bytes: Uint8Array): Promise<void> {
    const { write, isGone, failure } = this.#sinks[stream];
    if (isGone || failure !== undefined) return;
    try {
      await write(bytes);
    } catch (error) {
      this.#fail(stream, error);
    }
  }

  #fail(stream: OutputStream, error: unknown): void {
    const sink = this.#sinks[stream];
    if (sink.isGone || sink.failure !== undefined) return;
    if (error instanceof Deno.errors.BrokenPipe) return this.#loseReader(stream);
    sink.failure = { error };
    const { lost = [], others = [] } = Object.groupBy(
      this.#marks,
      ({ streams }) => streams.includes(stream) ? "lost" : "others",
    );
    this.#marks = others;
    for (const mark of lost) mark.lost(error);
    this.#run.onFailure?.(stream, error);
  }

  #loseReader(stream: OutputStream): void {
    this.#sinks[stream].isGone = true;
    if (stream === "stderr") return;
    this.#marks = [];
    this.#run.readerGone();
  }
}

type Write = (bytes: Uint8Array) => Promise<void>;

/**
 * Returns a function that writes bytes to stdout: unchanged to a file or pipe, and without control sequences to a terminal. There,
 * colours pass if `color` says so.
 */
export function stdoutWriter(color?: ColorChoice): Write {
  return standardWriter(Deno.stdout, color);
}

/** Returns the same for stderr. */
export function stderrWriter(color?: ColorChoice): Write {
  return standardWriter(Deno.stderr, color);
}

function standardWriter(
  stream: Pick<typeof Deno.stdout, "write" | "isTerminal">,
  color: ColorChoice = "auto",
): Write {
  if (!stream.isTerminal()) return (bytes) => writeAll(stream, bytes);
  const filter = new TerminalFilter({ color: useColor(color, { env: readEnv, isTerminal: true }) });
  const encoder = new TextEncoder();
  return (bytes) => writeAll(stream, encoder.encode(filter.filter(bytes)));
}
