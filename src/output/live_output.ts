/**
 * Writes each line of the workers as soon as it is whole.
 *
 * @module
 */
import type { WorkerState } from "../model/types.ts";
import { showBytes } from "../base/surrogate_escape.ts";
import { checkGiven, functionCheck } from "../model/value_types.ts";
import type { ByteQueue } from "./byte_queue.ts";
import { OutputWriter, WRITE_CHECKS, type WriteOptions } from "./output_writer.ts";
import type { Output, OutputRun, RangeOutput } from "./output.ts";

/** Options of {@linkcode LiveOutput}. */
export interface LiveOutputOptions extends WriteOptions {
  /**
   * Returns the text in front of each line. Called for each attempt.
   *
   * @default {the first item and a tab, in a job that is made of items; else `range 12: `}
   */
  tag?: (worker: WorkerState) => string;
}

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const LINE_END = Uint8Array.of(NEWLINE);

/**
 * Writes each line of the workers' stdout as soon as it is whole, with a tag in front of it. A newline is added to a last
 * line that has none. Text that is overwritten after a carriage return is left out. If a range is tried again, the lines of
 * all its attempts are written.
 *
 * @example
 * ```ts
 * import { LiveOutput } from "@lambdawaker/executor/output";
 * import { SubprocessExecutor } from "@lambdawaker/executor";
 * import { assertEquals } from "@std/assert";
 *
 * let text = "";
 * const write = (bytes: Uint8Array) => {
 *   text += new TextDecoder().decode(bytes);
 *   return Promise.resolve();
 * };
 * const tag = ({ extraData }: { extraData: { startIndex: number } }) => `${extraData.startIndex}\t`;
 * const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["printf", "one\ntwo"]);
 * await executor.run([], { output: new LiveOutput({ write, tag }) });
 * assertEquals(text, "0\tone\n0\ttwo\n");
 * ```
 */
export class LiveOutput implements Output {
  readonly #writer: OutputWriter;
  readonly #tag: (worker: WorkerState) => string;
  #run: Pick<OutputRun, "written" | "lost"> = { written() {}, lost() {} };

  /** Writes to stdout by default. */
  constructor(options: LiveOutputOptions = {}) {
    checkGiven(options, { ...WRITE_CHECKS, tag: functionCheck });
    this.#writer = new OutputWriter(options);
    this.#tag = options.tag ?? defaultTag;
  }

  /** See {@linkcode Output.writesStdout}. */
  get writesStdout(): boolean {
    return this.#writer.writesStdout;
  }

  /** See {@linkcode Output.reports}: what waits for its reader at a crash is lost, as other lines of the range are written. */
  get reports(): "lost" {
    return "lost";
  }

  /** See {@linkcode Output.open}. */
  open(run: OutputRun): void {
    this.#run = run;
    this.#writer.open(run);
  }

  /** See {@linkcode Output.range}. */
  range(index: number): RangeOutput {
    const lines = new TaggedLines(this.#writer);
    let hasOutput = false;
    return {
      begin: ({ worker }) => {
        this.#writer.check();
        return lines.begin(this.#tag(worker));
      },
      stdout: (bytes) => {
        this.#writer.check();
        hasOutput = true;
        return this.#writer.isGone ? undefined : lines.write(bytes);
      },
      overwriteStdout: () => lines.clear(),
      end: ({ status }) => {
        // What cannot be moved to disk stays in memory.
        lines.end()?.catch(() => {});
        if (hasOutput) this.#writer.check();
        if (status !== "PENDING") this.#mark(index, { hasOutput });
      },
    };
  }

  /** Has the run told when the lines of a range are written, all of which were added. */
  #mark(index: number, { hasOutput }: { hasOutput: boolean }): void {
    const { written, lost } = this.#run;
    const reached = () => written(index);
    const lose = (error: unknown) => hasOutput ? lost(index, error) : reached();
    this.#writer.add(new Uint8Array(), [{ at: 0, reached, lost: lose }]);
  }

  /** See {@linkcode Output.close}. */
  async close(): Promise<void> {
    await this.#writer.close();
  }

  /** See {@linkcode Output.abandon}. */
  abandon(): void {
    this.#writer.abandon();
  }
}

function defaultTag({ extraData: { items, range } }: WorkerState): string {
  if (items === undefined) return `range ${range}: `;
  return `${showBytes(items[0]!).replaceAll("\n", " ")}\t`;
}

/** Writes the whole lines of one range, as they look in the end. What is added to the writer at a time is never torn. */
class TaggedLines {
  readonly #writer: OutputWriter;
  /** The open line, as far as it is not overwritten. */
  readonly #line: ByteQueue;
  /** Whether the next text overwrites the open line. */
  #hasReturned = false;
  #tag = new Uint8Array();

  constructor(writer: OutputWriter) {
    this.#writer = writer;
    this.#line = writer.makeQueue();
  }

  begin(tag: string): Promise<void> | undefined {
    const settled = this.end();
    this.#tag = new TextEncoder().encode(tag);
    return settled;
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#hasReturned || bytes.includes(CARRIAGE_RETURN)) this.#writeRewritten(bytes);
    else this.#writePlain(bytes);
    return this.#writer.settle();
  }

  /** Drops the open line. */
  clear(): void {
    this.#line.clear();
    this.#hasReturned = false;
  }

  end(): Promise<void> | undefined {
    if (!this.#line.isEmpty) this.#endLine(LINE_END);
    this.#hasReturned = false;
    return this.#writer.settle();
  }

  #writePlain(bytes: Uint8Array): void {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    let start = 0;
    if (end > 0 && !this.#line.isEmpty) {
      start = bytes.indexOf(NEWLINE) + 1;
      this.#endLine(bytes.subarray(0, start));
    }
    if (end > start) this.#writer.add(this.#tagged(bytes.subarray(start, end)));
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
    this.#writer.add(this.#tag);
    this.#writer.add(this.#line);
    this.#writer.add(end);
    this.#hasReturned = false;
  }

  /** Returns whole lines, each with its tag. */
  #tagged(lines: Uint8Array): Uint8Array {
    let count = 0;
    for (let at = lines.indexOf(NEWLINE); at >= 0; at = lines.indexOf(NEWLINE, at + 1)) count++;
    const tagged = new Uint8Array(lines.length + count * this.#tag.length);
    for (let [from, to] = [0, 0]; from < lines.length;) {
      const end = lines.indexOf(NEWLINE, from) + 1;
      tagged.set(this.#tag, to);
      tagged.set(lines.subarray(from, end), to + this.#tag.length);
      to += this.#tag.length + end - from;
      from = end;
    }
    return tagged;
  }
}
