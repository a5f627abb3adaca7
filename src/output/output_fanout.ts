/**
 * All outputs of a run as one.
 *
 * @module
 */
import { errorMessage } from "../base/errors.ts";
import type { Output, OutputAttempt, OutputEnd, RangeOutput } from "./output.ts";
import { SignalFilter } from "./signal_filter.ts";

/** Hands what workers print to each output; what one of them gets wrong at its end is a warning. */
export class OutputFanout {
  readonly #outputs: readonly Output[];
  readonly #warn: (text: string) => void;
  #hasLost = false;

  constructor(outputs: readonly Output[], warn: (text: string) => void) {
    this.#outputs = outputs;
    this.#warn = warn;
    for (const output of outputs) {
      try {
        output.open?.({ warn });
      } catch (error) {
        warn(failed(error));
      }
    }
  }

  /** A worker takes a range; nothing when nobody wants to know what it prints. */
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
    this.#warn(`what a worker prints can be kept nowhere: ${errorMessage(error)}`);
  }
}

/** What the outputs make of one range. */
export class RangeFanout {
  readonly #outputs: readonly RangeOutput[];
  readonly #warn: (text: string) => void;
  readonly #onLost: (error: unknown) => void;
  #filter = new SignalFilter();
  #isLost = false;

  constructor(
    outputs: readonly RangeOutput[],
    { warn, onLost }: { warn: (text: string) => void; onLost: (error: unknown) => void },
  ) {
    this.#outputs = outputs;
    this.#warn = warn;
    this.#onLost = onLost;
  }

  /** An attempt begins. */
  async begin(attempt: OutputAttempt): Promise<void> {
    this.#filter = new SignalFilter();
    this.#isLost = false;
    for (const output of this.#outputs) await output.begin(attempt);
  }

  /** Takes a piece of its stdout, signals among it; says whether it is kept. */
  async stdout(bytes: Uint8Array): Promise<boolean> {
    return await this.#pass(this.#filter.write(bytes), "stdout");
  }

  /** Takes a piece of its stderr; says whether it is kept. */
  async stderr(bytes: Uint8Array): Promise<boolean> {
    return await this.#pass(bytes, "stderr");
  }

  /** The attempt has ended; says whether the last of it is kept. */
  async finish(): Promise<boolean> {
    return await this.#pass(this.#filter.end(), "stdout");
  }

  /** The range has ended for good. */
  async end(end: OutputEnd): Promise<void> {
    await guarded(this.#outputs, (output) => output.end(end), this.#warn);
  }

  async #pass(bytes: Uint8Array, stream: "stdout" | "stderr"): Promise<boolean> {
    if (bytes.length === 0) return true;
    try {
      if (!this.#isLost) {
        await Promise.all(this.#outputs.map((output) => output[stream]?.(bytes)));
      }
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
