/**
 * Writes each line of the workers as soon as it is whole.
 *
 * @module
 */
import type { OutputStream } from "../model/protocol.ts";
import type { WorkerState } from "../model/types.ts";
import { checkGiven, functionCheck } from "../model/value_types.ts";
import type { ByteQueue } from "./byte_queue.ts";
import { defaultTag, tagBytes, tagLines } from "./line_tag.ts";
import { OutputWriter, WRITE_CHECKS, type WriteOptions } from "./output_writer.ts";
import type { Output, OutputRun, RangeOutput } from "./output.ts";

/** Options of {@linkcode LiveOutput}. */
export interface LiveOutputOptions extends WriteOptions {
  /**
   * Returns the text in front of each line. Called for each attempt.
   *
   * @default {the first item and a tab, in a job of `items`; otherwise `range 12: `}
   */
  tag?: (worker: WorkerState) => string;
}

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const LINE_END = Uint8Array.of(NEWLINE);

/**
 * Writes each line of the workers' stdout and stderr as soon as it is whole, with a tag in front of it. A last line without a
 * newline gets one. Text that is overwritten after a carriage return is left out. If a range is tried again, the lines of all
 * its attempts are written.
 *
 * @example
 * ```ts
 * import { LiveOutput } from "@lambdawaker/executor/output";
 * import { SubprocessExecutor } from "@lambdawaker/executor";
 * import { assertEquals } from "@std/assert";
 *
 * let text = "";
 * const write = async (bytes: Uint8Array) => void (text += new TextDecoder().decode(bytes));
 * const executor = new SubprocessExecutor({ items: ["a"] }, () => ["printf", "one\ntwo"]);
 * await executor.run([], { output: new LiveOutput({ write }) });
 * assertEquals(text, "a\tone\na\ttwo\n");
 * ```
 */
export class LiveOutput implements Output {
  readonly #writer: OutputWriter;
  readonly #tag: (worker: WorkerState) => string;
  #run: Pick<OutputRun, "written" | "lost"> = { written() {}, lost() {} };

  /**
   * Creates an output, which writes to stdout and stderr by default.
   *
   * @throws {ConfigError} If an option is not as it must be.
   */
  constructor(options: LiveOutputOptions = {}) {
    checkGiven(options, { ...WRITE_CHECKS, tag: functionCheck });
    this.#writer = new OutputWriter(options);
    this.#tag = options.tag ?? defaultTag;
  }

  /** @ignore */
  get writesStdout(): boolean {
    return this.#writer.writesStdout;
  }

  /** @ignore */
  get writesStderr(): boolean {
    return this.#writer.writesStderr;
  }

  /**
   * At a crash, what waits for its reader is lost: other lines of the range are written already.
   *
   * @ignore
   */
  get reports(): "lost" {
    return "lost";
  }

  /** @ignore */
  open(run: OutputRun): void {
    this.#run = run;
    this.#writer.open(run);
  }

  /** @ignore */
  range(index: number): RangeOutput {
    const stdout = new TaggedLines("stdout", this.#writer);
    const stderr = new TaggedLines("stderr", this.#writer);
    return {
      begin: ({ worker }) => {
        this.#writer.check("stdout");
        const tag = tagBytes(this.#tag, worker);
        for (const lines of [stdout, stderr]) lines.begin(tag);
        return this.#writer.settle();
      },
      stdout: (bytes) => stdout.write(bytes),
      overwriteStdout: () => stdout.clear(),
      ...(this.#writer.takesStderr && {
        stderr: (bytes) => stderr.write(bytes),
        overwriteStderr: () => stderr.clear(),
      }),
      end: ({ status }) => {
        const used = [stdout, stderr].filter(({ hasOutput }) => hasOutput);
        for (const lines of used) lines.end();
        // What cannot be moved to disk stays in memory.
        this.#writer.settle()?.catch(() => {});
        for (const { stream } of used) this.#writer.check(stream);
        if (status !== "PENDING") this.#mark(index, used.map(({ stream }) => stream));
      },
    };
  }

  /** Has the run told when the lines of a range are written, all of which were added. */
  #mark(index: number, streams: readonly OutputStream[]): void {
    const { written, lost } = this.#run;
    const reached = () => written(index);
    this.#writer.mark({ streams, reached, lost: (error) => lost(index, error) });
  }

  /** @ignore */
  async close(): Promise<void> {
    await this.#writer.close();
  }

  /** @ignore */
  abandon(): void {
    this.#writer.abandon();
  }
}

/**
 * Writes the whole lines of one stream of a range, as they look in the end. What is added to the writer at a time is never
 * torn.
 */
class TaggedLines {
  readonly stream: OutputStream;
  readonly #writer: OutputWriter;
  /** The open line, as far as it is not overwritten. */
  readonly #line: ByteQueue;
  /** Whether the next text overwrites the open line. */
  #hasReturned = false;
  #hasOutput = false;
  #tag = new Uint8Array();

  constructor(stream: OutputStream, writer: OutputWriter) {
    this.stream = stream;
    this.#writer = writer;
    this.#line = writer.makeQueue();
  }

  /** Whether any bytes came. */
  get hasOutput(): boolean {
    return this.#hasOutput;
  }

  /** Begins an attempt. Call {@linkcode OutputWriter.settle} afterwards. */
  begin(tag: Uint8Array<ArrayBuffer>): void {
    this.end();
    this.#tag = tag;
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    this.#writer.check(this.stream);
    this.#hasOutput = true;
    if (this.#writer.isGone(this.stream)) return;
    if (this.#hasReturned || bytes.includes(CARRIAGE_RETURN)) this.#writeRewritten(bytes);
    else this.#writePlain(bytes);
    return this.#writer.settle();
  }

  /** Drops the open line. */
  clear(): void {
    this.#line.clear();
    this.#hasReturned = false;
  }

  /** Ends the open line. Call {@linkcode OutputWriter.settle} afterwards. */
  end(): void {
    if (!this.#line.isEmpty) this.#endLine(LINE_END);
    this.#hasReturned = false;
  }

  #writePlain(bytes: Uint8Array): void {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    let start = 0;
    if (end > 0 && !this.#line.isEmpty) {
      start = bytes.indexOf(NEWLINE) + 1;
      this.#endLine(bytes.subarray(0, start));
    }
    if (end > start) this.#writer.add(this.stream, this.#tagged(bytes.subarray(start, end)));
    if (end < bytes.length) this.#line.write(bytes.subarray(end));
  }

  #writeRewritten(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline < 0 ? bytes.length : newline;
      this.#rewrite(bytes.subarray(start, end));
      if (newline >= 0) this.#endLine(LINE_END);
      start = end + 1;
    }
  }

  /** Adds text without newlines to the open line. Carriage returns overwrite nothing until other text follows. */
  #rewrite(text: Uint8Array): void {
    let end = text.length;
    while (text[end - 1] === CARRIAGE_RETURN) end--;
    const start = text.subarray(0, end).lastIndexOf(CARRIAGE_RETURN) + 1;
    if (end > 0 && (this.#hasReturned || start > 0)) this.#line.clear();
    if (text.length > start) this.#line.write(text.subarray(start));
    this.#hasReturned = end < text.length || end === 0 && this.#hasReturned;
  }

  #endLine(end: Uint8Array): void {
    this.#writer.add(this.stream, this.#tag);
    this.#writer.add(this.stream, this.#line);
    this.#writer.add(this.stream, end);
    this.#hasReturned = false;
  }

  #tagged(lines: Uint8Array): Uint8Array {
    return tagLines(lines, { tag: this.#tag, isAtStart: true });
  }
}
