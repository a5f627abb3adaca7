/**
 * All that an attempt prints, on its way to where it is kept.
 *
 * @module
 */
import type { AttemptLog } from "./log_directory.ts";
import type { RangeFanout } from "./output_fanout.ts";

/** Options of {@linkcode OutputCapture}. */
export interface OutputCaptureOptions {
  /** Where all of it is kept. */
  log?: AttemptLog;
  /** Where its output goes, without the signals. */
  output?: RangeFanout;
  /** Called when the output cannot be kept. */
  onLost: () => void;
}

/** Hands each piece to log and output; a worker is as fast as these, and no faster. */
export class OutputCapture {
  readonly #options: OutputCaptureOptions;
  #pending = 0;

  constructor(options: OutputCaptureOptions) {
    this.#options = options;
  }

  /** Whether a piece is on its way. */
  get isBusy(): boolean {
    return this.#pending > 0;
  }

  /** Keeps a piece of stdout. */
  stdout(bytes: Uint8Array): Promise<void> | undefined {
    return this.#keep(bytes, this.#options.output?.stdout(bytes));
  }

  /** Keeps a piece of stderr. */
  stderr(bytes: Uint8Array): Promise<void> | undefined {
    return this.#keep(bytes, this.#options.output?.stderr(bytes));
  }

  /** Keeps what was held back, and closes the log. */
  async end(): Promise<void> {
    const { log, output, onLost } = this.#options;
    if (await output?.finish() === false) onLost();
    await log?.[Symbol.asyncDispose]();
  }

  #keep(bytes: Uint8Array, kept: Promise<boolean> | undefined): Promise<void> | undefined {
    const logged = this.#options.log?.write(bytes);
    return kept === undefined && logged === undefined ? undefined : this.#both(logged, kept);
  }

  async #both(logged?: Promise<void>, kept?: Promise<boolean>): Promise<void> {
    this.#pending++;
    await logged;
    if (await kept === false) this.#options.onLost();
    this.#pending--;
  }
}
