/**
 * Writes the output of the ranges in the order of the items.
 *
 * @module
 */
import type { OutputStream } from "../model/protocol.ts";
import type { WorkerState } from "../model/types.ts";
import { checkGiven, functionCheck } from "../model/value_types.ts";
import type { ByteQueue } from "./byte_queue.ts";
import { tagBytes, tagLines } from "./line_tag.ts";
import { type Mark, OutputWriter, WRITE_CHECKS, type WriteOptions } from "./output_writer.ts";
import type { Output, OutputEnd, OutputRun, RangeOutput } from "./output.ts";
import { StreamQueue } from "./stream_queue.ts";

/** Options of {@linkcode OrderedOutput}. */
export interface OrderedOutputOptions extends WriteOptions {
  /**
   * Returns a text that is put in front of each line. Called for each attempt. A newline is then added to a last line that
   * has none.
   *
   * @default {no text: the bytes are written as they are}
   */
  tag?: (worker: WorkerState) => string;
}

/** A range that waits for earlier ranges. */
interface Waiting {
  readonly queue: StreamQueue;
  /** Where the output of each range ends in `queue`. */
  readonly marks: Mark[];
  hasEnded: boolean;
}

const NEWLINE = 10;
const LINE_END = Uint8Array.of(NEWLINE);

/**
 * Writes what workers print in the order of the ranges, as `parallel -k` does: once a range and all earlier ones have ended for
 * good, its whole stdout is written, and then its whole stderr. If a range was tried again, only the last attempt is written.
 * If the run stopped a range, nothing of it is written.
 *
 * @example
 * ```ts
 * import { OrderedOutput } from "@lambdawaker/executor/output";
 * import { SubprocessExecutor } from "@lambdawaker/executor";
 * import { assertEquals } from "@std/assert";
 *
 * let text = "";
 * const write = async (bytes: Uint8Array) => void (text += new TextDecoder().decode(bytes));
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
  readonly #tag: (worker: WorkerState) => string;
  /** In order. Neighbours that have ended are joined, so that the list stays short. */
  readonly #waiting: Waiting[] = [];
  #run: Pick<OutputRun, "written" | "lost"> = { written() {}, lost() {} };

  /**
   * Creates an output, which writes to stdout and stderr by default.
   *
   * @throws {ConfigError} If an option is not as it must be.
   */
  constructor(options: OrderedOutputOptions = {}) {
    checkGiven(options, { ...WRITE_CHECKS, tag: functionCheck });
    this.#writer = new OutputWriter(options);
    this.#tag = options.tag ?? (() => "");
  }

  /** @ignore */
  get writesStdout(): boolean {
    return this.#writer.writesStdout;
  }

  /** @ignore */
  get writesStderr(): boolean {
    return this.#writer.writesStderr;
  }

  /** @ignore */
  get reports(): "written" {
    return "written";
  }

  /** @ignore */
  open(run: OutputRun): void {
    this.#run = run;
    const { readerGone, print, printError } = run;
    const onFailure = (stream: OutputStream, error: unknown) => this.#loseWaiting(stream, error);
    this.#writer.open({ readerGone, print, printError, onFailure });
  }

  /** @ignore */
  range(index: number): RangeOutput {
    const range: Waiting = {
      queue: new StreamQueue(this.#writer.makeQueue()),
      marks: [],
      hasEnded: false,
    };
    this.#waiting.push(range);
    const pages = {
      stdout: new Page("stdout", this.#writer),
      stderr: new Page("stderr", this.#writer),
    };
    return {
      begin: ({ continues, worker }) => {
        this.#writer.check("stdout");
        const tag = tagBytes(this.#tag, worker);
        for (const page of Object.values(pages)) page.begin({ continues, tag });
      },
      stdout: (bytes) => pages.stdout.write(bytes),
      ...(this.#writer.takesStderr && { stderr: (bytes) => pages.stderr.write(bytes) }),
      end: ({ counts }: OutputEnd) => {
        const used = Object.values(pages).filter((page) => page.end({ counts }));
        if (counts) {
          for (const page of used) page.moveTo(range.queue);
          range.marks.push(this.#mark(index, range.queue.length, used));
        }
        this.#end(range);
      },
    };
  }

  /** @ignore */
  async close(): Promise<void> {
    await this.#writer.close();
  }

  /** @ignore */
  abandon(): void {
    this.#writer.abandon();
  }

  #mark(index: number, at: number, pages: readonly Page[]): Mark {
    const { written, lost } = this.#run;
    const streams = pages.map(({ stream }) => stream);
    return { at, streams, reached: () => written(index), lost: (error) => lost(index, error) };
  }

  #end(range: Waiting): void {
    range.hasEnded = true;
    this.#join(this.#waiting.indexOf(range));
    if (this.#waiting[0]?.hasEnded) {
      const { queue, marks } = this.#waiting.shift()!;
      this.#writer.append(queue, marks);
    }
    // What cannot be moved to disk stays in memory.
    this.#writer.settle()?.catch(() => {});
  }

  /** Loses the output of ranges that have ended and wait for others. */
  #loseWaiting(stream: OutputStream, error: unknown): void {
    for (const { marks, hasEnded } of this.#waiting) {
      if (!hasEnded) continue;
      for (const mark of marks.splice(0)) {
        if (mark.streams.includes(stream)) mark.lost(error);
        else marks.push(mark);
      }
    }
  }

  /** Joins a range that has ended with neighbours that have ended, too. */
  #join(at: number): void {
    for (const index of [at + 1, at]) {
      const [before, after] = [this.#waiting[index - 1], this.#waiting[index]];
      if (!before?.hasEnded || !after?.hasEnded) continue;
      const { length } = before.queue;
      for (const mark of after.marks) before.marks.push({ ...mark, at: length + mark.at });
      before.queue.append(after.queue);
      this.#waiting.splice(index, 1);
    }
  }
}

/** What one range prints on one stream. */
class Page {
  readonly stream: OutputStream;
  readonly #writer: OutputWriter;
  #bytes: ByteQueue | undefined;
  #tag = new Uint8Array();
  /** Whether the next byte begins a line. */
  #isAtStart = true;

  constructor(stream: OutputStream, writer: OutputWriter) {
    this.stream = stream;
    this.#writer = writer;
  }

  begin({ continues, tag }: { continues: boolean; tag: Uint8Array<ArrayBuffer> }): void {
    this.#tag = tag;
    if (!continues) this.#clear();
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    this.#writer.check(this.stream);
    if (bytes.length === 0 || this.#writer.isGone(this.stream)) return;
    this.#bytes ??= this.#writer.makeQueue();
    this.#bytes.write(tagLines(bytes, { tag: this.#tag, isAtStart: this.#isAtStart }));
    this.#isAtStart = bytes.at(-1) === NEWLINE;
    return this.#writer.settle();
  }

  /** Returns whether it has bytes; throws if they cannot be written. */
  end({ counts }: { counts: boolean }): boolean {
    if (!counts) this.#clear();
    if (this.#bytes === undefined || this.#bytes.isEmpty) return false;
    this.#writer.check(this.stream);
    return true;
  }

  moveTo(queue: StreamQueue): void {
    if (this.#tag.length > 0 && !this.#isAtStart) this.#bytes!.write(LINE_END);
    queue.add(this.stream, this.#bytes!);
  }

  #clear(): void {
    this.#bytes?.clear();
    this.#isAtStart = true;
  }
}
