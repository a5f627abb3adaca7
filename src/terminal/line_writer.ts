/**
 * Text that is written in order, as fast as its reader takes it.
 *
 * @module
 */
import type { Terminal } from "./terminal.ts";

/** Writes behind the back of those who call it. When nothing can be written any more it is silent: the work goes on. */
export class LineWriter {
  readonly #terminal: Pick<Terminal, "write">;
  #pending = "";
  #writing: Promise<void> | undefined;
  #isSilent = false;
  #failure: unknown;

  constructor(terminal: Pick<Terminal, "write">) {
    this.#terminal = terminal;
  }

  /** Characters that wait for the reader. */
  get backlog(): number {
    return this.#pending.length;
  }

  /** Writes some text after all that came before. */
  write(text: string): void {
    if (this.#isSilent) return;
    this.#pending += text;
    this.#writing ??= this.#drain();
  }

  /** Resolves when all is written, or the reader is gone; rejects when something else has kept it from being written. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #drain(): Promise<void> {
    try {
      while (this.#pending !== "") {
        const text = this.#pending;
        this.#pending = "";
        await this.#terminal.write(text);
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) this.#failure = error;
      this.#isSilent = true;
      this.#pending = "";
    }
    this.#writing = undefined;
  }
}
