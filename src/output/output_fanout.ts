/**
 * Passes the output of workers to all outputs of a run.
 *
 * @module
 */
import { errorMessage, exhaustedResource } from "../base/errors.ts";
import type { CauseOf } from "../model/cause.ts";
import type { OutputLostEvent } from "../model/events.ts";
import type { OutstandingRange } from "../model/ranges.ts";
import type { OutputStream } from "../model/protocol.ts";
import type { Output, OutputAttempt, OutputEnd, OutputRun, RangeOutput } from "./output.ts";

/** A range that is done, as it is described if its output turns out to be lost. */
export type DoneRange = Omit<OutputLostEvent, "v" | "t" | "kind" | "cause">;

/** Options of {@linkcode OutputFanout}. */
export interface OutputFanoutOptions
  extends Pick<OutputRun, "print" | "printError" | "written" | "warn" | "readerGone"> {
  /** Publishes that something that was promised was not written. */
  readonly unwritten: (text: string) => void;
  /** Publishes that output of a range was lost after the range had been published as done. */
  readonly lost: (range: DoneRange & { readonly cause: CauseOf<"output-lost"> }) => void;
}

/** All outputs of a run. */
export class OutputFanout {
  readonly #outputs: readonly Output[];
  readonly #options: OutputFanoutOptions;
  /** Ranges whose end is not published. */
  readonly #open = new Map<number, RangeFanout>();
  /** Ranges that begin later, in the order in which they were taken. */
  readonly #reserved = new Map<number, RangeFanout>();
  /** Ranges that are published as done, and whose output is not written. */
  readonly #unwritten = new Map<number, DoneRange>();
  #hasReader = true;
  #hasLost = false;

  constructor(outputs: readonly Output[], options: OutputFanoutOptions) {
    this.#outputs = outputs;
    this.#options = options;
  }

  /** Whether there are outputs. */
  get hasOutputs(): boolean {
    return this.#outputs.length > 0;
  }

  /** Whether an output reports what it has written. */
  get reportsWritten(): boolean {
    return this.#outputs.some(isRecorded);
  }

  /** Opens all outputs. An output that cannot be opened loses all that it is given. */
  static open(outputs: readonly Output[], options: OutputFanoutOptions): OutputFanout {
    const opened: Output[] = [];
    const fanout = new OutputFanout(opened, options);
    for (const output of outputs) {
      try {
        output.open?.({
          warn: options.warn,
          print: options.print,
          printError: options.printError,
          written: (range) => fanout.#write(range, { isRecorded: isRecorded(output) }),
          lost: (range, error) => fanout.#lose(range, error),
          readerGone: () => fanout.#loseReader(),
        });
        opened.push(output);
      } catch (error) {
        opened.push({ range: () => failedRange(error) });
      }
    }
    return fanout;
  }

  /** Prepares the outputs for a range. Returns undefined if there are no outputs. */
  range(index: number): RangeFanout | undefined {
    const reserved = this.#takeReserved(index);
    if (reserved !== undefined) return reserved;
    return this.#outputs.length === 0 ? undefined : this.#makeRange(index, this.#outputs);
  }

  /** Notes that a range is the next in order, though it begins later. */
  reserve({ index, replay }: Pick<OutstandingRange, "index" | "replay">): void {
    if (this.#outputs.length === 0 || this.#reserved.has(index)) return;
    const outputs = replay === undefined ? this.#outputs : this.#outputs.filter(isRecorded);
    this.#reserved.set(index, this.#makeRange(index, outputs));
  }

  #takeReserved(index: number): RangeFanout | undefined {
    const reserved = this.#reserved.get(index);
    this.#reserved.delete(index);
    return reserved;
  }

  /** Ends the ranges that were to begin later, and never did, as the run was stopped. */
  async endReserved(): Promise<void> {
    for (const range of this.#reserved.values()) {
      await range.end({ status: "PENDING", cause: { kind: "stopped" }, counts: false });
      range.published();
    }
    this.#reserved.clear();
  }

  /** Prepares those outputs that report what they have written for a range that is done, and is to be written. */
  replay(index: number): RangeFanout {
    return this.#takeReserved(index) ?? this.#makeRange(index, this.#outputs.filter(isRecorded));
  }

  /** See {@linkcode Output.close}. */
  async close(): Promise<void> {
    for (const output of this.#outputs) {
      try {
        await output.close?.();
      } catch (error) {
        this.#options.unwritten(`output could not be written: ${errorMessage(error)}`);
      }
    }
  }

  /** See {@linkcode Output.abandon}. */
  abandon(): void {
    for (const output of this.#outputs) {
      try {
        output.abandon?.();
      } catch (error) {
        this.#options.warn(`an output failed: ${errorMessage(error)}`);
      }
    }
  }

  #makeRange(index: number, outputs: readonly Output[]): RangeFanout {
    const ranges = outputs.map((output) => {
      try {
        return output.range(index);
      } catch (error) {
        return failedRange(error);
      }
    });
    const range = new RangeFanout(ranges, {
      onLost: (error) => this.#warnOfLoss(error),
      onPublished: (done) => this.#publish(range, { index, done }),
    });
    this.#open.set(index, range);
    return range;
  }

  #publish(range: RangeFanout, { index, done }: { index: number; done?: DoneRange }): void {
    this.#open.delete(index);
    if (range.isWritten) this.#options.written(index);
    else if (done === undefined) return;
    else if (range.loss !== undefined) this.#options.lost({ ...done, cause: range.loss });
    else if (this.#hasReader && !range.isWrittenUnrecorded && this.#reports) {
      this.#unwritten.set(index, done);
    }
  }

  get #reports(): boolean {
    return this.#outputs.some(({ reports }) => reports !== undefined);
  }

  #write(index: number, { isRecorded }: { isRecorded: boolean }): void {
    const range = this.#open.get(index);
    if (range === undefined) {
      this.#unwritten.delete(index);
      if (isRecorded) this.#options.written(index);
    } else if (isRecorded) {
      range.isWritten = true;
    } else {
      range.isWrittenUnrecorded = true;
    }
  }

  #lose(index: number, error: unknown): void {
    const range = this.#open.get(index);
    if (range !== undefined) return range.lose(error);
    this.#warnOfLoss(error);
    const done = this.#unwritten.get(index);
    this.#unwritten.delete(index);
    if (done !== undefined) this.#options.lost({ ...done, cause: causeOf(error) });
  }

  #loseReader(): void {
    this.#hasReader = false;
    this.#unwritten.clear();
    this.#options.readerGone();
  }

  #warnOfLoss(error: unknown): void {
    if (this.#hasLost) return;
    this.#hasLost = true;
    this.#options.warn(`the output of a worker cannot be kept: ${errorMessage(error)}`);
  }
}

/** Options of {@linkcode RangeFanout}. */
interface RangeFanoutOptions {
  /** Called with each error of an output. */
  readonly onLost: (error: unknown) => void;
  /** Called when the end of the range was published, with what describes the range if it is done. */
  readonly onPublished: (done?: DoneRange) => void;
}

/** All outputs of one range. */
export class RangeFanout {
  readonly #outputs: readonly RangeOutput[];
  readonly #options: RangeFanoutOptions;
  #loss: CauseOf<"output-lost"> | undefined;
  /** Whether all its output was written. */
  isWritten = false;
  /** The same of an output whose ranges are not recorded as written. */
  isWrittenUnrecorded = false;

  constructor(outputs: readonly RangeOutput[], options: RangeFanoutOptions) {
    this.#outputs = outputs;
    this.#options = options;
  }

  /** Why output of the present attempt was lost; undefined if none was. */
  get loss(): CauseOf<"output-lost"> | undefined {
    return this.#loss;
  }

  /**
   * See {@linkcode RangeOutput.begin}.
   *
   * @throws {OutputLostError} If an output cannot take the attempt.
   */
  async begin(attempt: OutputAttempt): Promise<void> {
    this.#loss = undefined;
    try {
      for (const output of this.#outputs) await output.begin(attempt);
    } catch (error) {
      // The attempt can begin after other files are closed.
      if (exhaustedResource(error) !== undefined) throw error;
      this.lose(error);
      throw new OutputLostError(errorMessage(error));
    }
  }

  /** See {@linkcode RangeOutput.release}. */
  async release(): Promise<void> {
    for (const output of this.#outputs) await output.release?.();
  }

  /** Whether an output takes the bytes of a stream. */
  wants(stream: OutputStream): boolean {
    return this.#outputs.some((output) => output[stream] !== undefined);
  }

  /** Passes on bytes of stdout. Resolves to whether they are kept. */
  stdout(bytes: Uint8Array): Promise<boolean> {
    return this.#pass((output) => output.stdout(bytes));
  }

  /** Passes on bytes of stderr. Resolves to whether they are kept. */
  stderr(bytes: Uint8Array): Promise<boolean> {
    return this.#pass((output) => output.stderr?.(bytes));
  }

  /**
   * Reports that a signal overwrites the open line, which `newline` ends if it has a byte. Outputs that keep overwritten
   * text get the newline, so that the next line does not join it. Resolves to whether the bytes are kept.
   */
  overwrite(stream: OutputStream, newline: Uint8Array): Promise<boolean> {
    return this.#pass((output) => {
      const overwrite = stream === "stdout" ? "overwriteStdout" : "overwriteStderr";
      if (output[overwrite]) return output[overwrite]();
      return newline.length > 0 ? output[stream]?.(newline) : undefined;
    });
  }

  /**
   * Ends the range in all outputs, if its last attempt ended well. Resolves to why output was lost, and to undefined if all
   * of it is kept. After a loss, {@linkcode RangeFanout.begin} or {@linkcode RangeFanout.end} must follow.
   */
  async keep(end: OutputEnd): Promise<CauseOf<"output-lost"> | undefined> {
    try {
      // In order: no output that follows may take for done what was lost.
      for (const output of this.#outputs) await output.end(end);
    } catch (error) {
      this.lose(error);
    }
    return this.#loss;
  }

  /** Ends the range in all outputs, if it is not done. An output that fails loses what it has of the range. */
  async end(end: OutputEnd): Promise<void> {
    for (const output of this.#outputs) {
      try {
        await output.end(end);
      } catch (error) {
        this.lose(error);
      }
    }
  }

  /** Reports that the end of the range was published, with what describes the range if it is done. */
  published(done?: DoneRange): void {
    this.#options.onPublished(done);
  }

  /** Reports that output was lost. */
  lose(error: unknown): void {
    this.#loss ??= causeOf(error);
    this.#options.onLost(error);
  }

  async #pass(call: (output: RangeOutput) => void | Promise<void> | undefined): Promise<boolean> {
    try {
      if (this.#loss === undefined) await Promise.all(this.#outputs.map(call));
    } catch (error) {
      this.lose(error);
    }
    return this.#loss === undefined;
  }
}

/** Thrown if an attempt cannot begin, as its output could not be kept. */
export class OutputLostError extends Error {
  /** Name of the class. */
  override name = "OutputLostError";
}

function isRecorded({ reports }: Output): boolean {
  return reports === "written";
}

function causeOf(error: unknown): CauseOf<"output-lost"> {
  return { kind: "output-lost", message: errorMessage(error) };
}

/** Returns an output that loses all that it is given. */
function failedRange(error: unknown): RangeOutput {
  const fail = () => {
    throw error;
  };
  return { begin: fail, stdout: fail, end() {} };
}
