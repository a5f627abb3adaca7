/**
 * Writes the output of the ranges in the order of the items.
 *
 * @module
 */
import { checkGiven } from "../model/value_types.ts";
import type { ByteQueue } from "./byte_queue.ts";
import { type Mark, OutputWriter, WRITE_CHECKS, type WriteOptions } from "./output_writer.ts";
import type { Output, OutputRun, RangeOutput } from "./output.ts";

/** Options of {@linkcode OrderedOutput}. */
export type OrderedOutputOptions = WriteOptions;

/** A range that waits for earlier ranges. */
interface Waiting {
  readonly bytes: ByteQueue;
  /** Where the output of each range ends in `bytes`. */
  readonly marks: Mark[];
  hasEnded: boolean;
}

/**
 * Writes the whole stdout of each range when that range and all earlier ones have finally ended, as `parallel -k` does.
 * Of a range that was tried again, only the last attempt is written. Of a range that the run stopped, nothing is written,
 * as it is outstanding.
 *
 * @example
 * ```ts
 * import { OrderedOutput } from "@lambdawaker/executor/output";
 * import { SubprocessExecutor } from "@lambdawaker/executor";
 * import { assertEquals } from "@std/assert";
 *
 * let text = "";
 * const write = (bytes: Uint8Array) => {
 *   text += new TextDecoder().decode(bytes);
 *   return Promise.resolve();
 * };
 * const executor = new SubprocessExecutor(
 *   { totalItems: 3, chunkSize: 1 },
 *   ({ extraData }) => ["sh", "-c", `sleep 0.${3 - extraData.startIndex}; echo item ${extraData.startIndex}`],
 * );
 * await executor.run([], { output: new OrderedOutput({ write }) });
 * assertEquals(text, "item 0\nitem 1\nitem 2\n");
 * ```
 */
export class OrderedOutput implements Output {
  readonly #writer: OutputWriter;
  /** In order. Neighbours that have ended are joined, so that the list stays short. */
  readonly #waiting: Waiting[] = [];
  #run: Pick<OutputRun, "written" | "lost"> = { written() {}, lost() {} };

  /** Writes to stdout by default. */
  constructor(options: OrderedOutputOptions = {}) {
    checkGiven(options, WRITE_CHECKS);
    this.#writer = new OutputWriter(options);
  }

  /** See {@linkcode Output.writesStdout}. */
  get writesStdout(): boolean {
    return this.#writer.writesStdout;
  }

  /** See {@linkcode Output.reports}. */
  get reports(): "written" {
    return "written";
  }

  /** See {@linkcode Output.open}. */
  open(run: OutputRun): void {
    this.#run = run;
    this.#writer.open(run, (error) => this.#loseWaiting(error));
  }

  /** See {@linkcode Output.range}. */
  range(index: number): RangeOutput {
    const range: Waiting = { bytes: this.#writer.makeQueue(), marks: [], hasEnded: false };
    const { bytes } = range;
    this.#waiting.push(range);
    return {
      begin: ({ continues }) => {
        this.#writer.check();
        if (!continues) bytes.clear();
      },
      stdout: (piece) => {
        this.#writer.check();
        if (this.#writer.isGone) return;
        bytes.write(piece);
        return this.#writer.settle();
      },
      end: ({ counts }) => {
        if (!counts) bytes.clear();
        if (!bytes.isEmpty) this.#writer.check();
        if (counts) range.marks.push(this.#mark(index, bytes.length));
        this.#end(range);
      },
    };
  }

  /** See {@linkcode Output.close}. */
  async close(): Promise<void> {
    await this.#writer.close();
  }

  /** See {@linkcode Output.abandon}. */
  abandon(): void {
    this.#writer.abandon();
  }

  #mark(index: number, at: number): Mark {
    const { written, lost } = this.#run;
    const reached = () => written(index);
    // Nothing is lost of a range that has no output.
    return { at, reached, lost: at === 0 ? reached : (error) => lost(index, error) };
  }

  #end(range: Waiting): void {
    range.hasEnded = true;
    this.#join(this.#waiting.indexOf(range));
    if (this.#waiting[0]?.hasEnded) {
      const { bytes, marks } = this.#waiting.shift()!;
      this.#writer.add(bytes, marks);
    }
    // What cannot be moved to disk stays in memory.
    this.#writer.settle()?.catch(() => {});
  }

  /** Loses the output of ranges that have ended and wait for others. */
  #loseWaiting(error: unknown): void {
    for (const { bytes, marks, hasEnded } of this.#waiting) {
      if (!hasEnded) continue;
      bytes.clear();
      for (const { lost } of marks.splice(0)) lost(error);
    }
  }

  /** Joins a range that has ended with neighbours that have ended, too. */
  #join(at: number): void {
    for (const index of [at + 1, at]) {
      const [before, after] = [this.#waiting[index - 1], this.#waiting[index]];
      if (!before?.hasEnded || !after?.hasEnded) continue;
      const { length } = before.bytes;
      for (const mark of after.marks) before.marks.push({ ...mark, at: length + mark.at });
      before.bytes.append(after.bytes);
      this.#waiting.splice(index, 1);
    }
  }
}
