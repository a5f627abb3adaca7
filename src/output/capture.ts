/**
 * Passes the output of an attempt to the places where it is kept.
 *
 * @module
 */
import type { CauseOf } from "../model/cause.ts";
import type { OutputStream } from "../model/protocol.ts";
import type { KeptBytes } from "./kept_bytes.ts";
import type { AttemptLog } from "./log_directory.ts";
import type { RangeFanout } from "./output_fanout.ts";

/** Options of {@linkcode OutputCapture}. */
export interface OutputCaptureOptions {
  /** Keeps all bytes. */
  log?: AttemptLog;
  /** Keeps the bytes of all lines that are no signals. */
  output?: RangeFanout;
  /** Called when bytes cannot be kept. */
  onLost: (cause: CauseOf<"output-lost">) => void;
}

/** Writes output to the log and the outputs; the worker waits until it is written. */
export class OutputCapture {
  readonly #options: OutputCaptureOptions;
  #pending = 0;

  constructor(options: OutputCaptureOptions) {
    this.#options = options;
  }

  /** Whether bytes are being written. */
  get isBusy(): boolean {
    return this.#pending > 0;
  }

  /** Writes a chunk of either stream to the log, signals included. */
  log(bytes: Uint8Array): Promise<void> | undefined {
    const { log } = this.#options;
    return log && this.#busy(log.write(bytes));
  }

  /** Returns what takes the bytes of a stream that are no signals; undefined if no output wants them. */
  kept(stream: OutputStream): KeptBytes | undefined {
    const { output } = this.#options;
    if (output === undefined || !output.wants(stream)) return undefined;
    return {
      write: (bytes) => this.#busy(this.#output(output[stream](bytes))),
      overwrite: (newline) => this.#busy(this.#output(output.overwrite(stream, newline))),
    };
  }

  /** Closes the log. */
  async end(): Promise<void> {
    await this.#options.log?.[Symbol.asyncDispose]();
  }

  async #output(isKept: Promise<boolean>): Promise<void> {
    const { output, onLost } = this.#options;
    if (!await isKept) onLost(output!.loss!);
  }

  async #busy(written: Promise<void>): Promise<void> {
    this.#pending++;
    await written;
    this.#pending--;
  }
}
