/**
 * Passes the output of workers to all outputs of a run.
 *
 * @module
 */
import { errorMessage } from "../base/errors.ts";
import type { Output, OutputAttempt, OutputEnd, OutputRun, RangeOutput } from "./output.ts";
import type { OutputStream } from "../model/protocol.ts";

/** All outputs of a run. An output that fails when a range or the run ends causes a warning. */
export class OutputFanout {
  readonly #outputs: readonly Output[];
  readonly #warn: (text: string) => void;
  #hasLost = false;

  constructor(outputs: readonly Output[], warn: (text: string) => void) {
    this.#outputs = outputs;
    this.#warn = warn;
  }

  /** Opens all outputs. */
  static open(outputs: readonly Output[], run: OutputRun): OutputFanout {
    const { warn } = run;
    for (const output of outputs) {
      try {
        output.open?.(run);
      } catch (error) {
        warn(failed(error));
      }
    }
    return new OutputFanout(outputs, warn);
  }

  /** Prepares the outputs for a range. Returns undefined if there are no outputs. */
  range(index: number): RangeFanout | undefined {
    if (this.#outputs.length === 0) return undefined;
    const ranges = this.#outputs.flatMap((output) => {
      try {
        return output.range(index);
      } catch (error) {
        this.#warn(failed(error));
        return [];
      }
    });
    return new RangeFanout(ranges, { warn: this.#warn, onLost: (error) => this.#lose(error) });
  }

  /** See {@linkcode Output.close}. */
  async close(): Promise<void> {
    await guarded(this.#outputs, (output) => output.close?.(), this.#warn);
  }

  /** See {@linkcode Output.abandon}. */
  abandon(): void {
    for (const output of this.#outputs) {
      try {
        output.abandon?.();
      } catch (error) {
        this.#warn(failed(error));
      }
    }
  }

  #lose(error: unknown): void {
    if (this.#hasLost) return;
    this.#hasLost = true;
    this.#warn(`the output of a worker cannot be kept: ${errorMessage(error)}`);
  }
}

/** All outputs of one range. */
export class RangeFanout {
  readonly #outputs: readonly RangeOutput[];
  readonly #warn: (text: string) => void;
  readonly #onLost: (error: unknown) => void;
  #isLost = false;

  constructor(
    outputs: readonly RangeOutput[],
    { warn, onLost }: { warn: (text: string) => void; onLost: (error: unknown) => void },
  ) {
    this.#outputs = outputs;
    this.#warn = warn;
    this.#onLost = onLost;
  }

  /** See {@linkcode RangeOutput.begin}. */
  async begin(attempt: OutputAttempt): Promise<void> {
    this.#isLost = false;
    for (const output of this.#outputs) await output.begin(attempt);
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
      if (stream === "stdout" && output.overwriteStdout) return output.overwriteStdout();
      return newline.length > 0 ? output[stream]?.(newline) : undefined;
    });
  }

  /** See {@linkcode RangeOutput.end}. */
  async end(end: OutputEnd): Promise<void> {
    await guarded(this.#outputs, (output) => output.end(end), this.#warn);
  }

  async #pass(call: (output: RangeOutput) => void | Promise<void> | undefined): Promise<boolean> {
    try {
      if (!this.#isLost) await Promise.all(this.#outputs.map(call));
    } catch (error) {
      this.#isLost = true;
      this.#onLost(error);
    }
    return !this.#isLost;
  }
}

async function guarded<T>(
  outputs: readonly T[],
  call: (output: T) => void | Promise<void> | undefined,
  warn: (text: string) => void,
): Promise<void> {
  for (const output of outputs) {
    try {
      await call(output);
    } catch (error) {
      warn(failed(error));
    }
  }
}

function failed(error: unknown): string {
  return `an output failed, the work goes on: ${errorMessage(error)}`;
}
