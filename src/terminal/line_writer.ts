/**
 * Buffer in front of a terminal or pipe: accepts text at once and writes it as fast as the reader takes it.
 *
 * @module
 */
import type { Terminal } from "./terminal.ts";

/** Writes text in order, in the background. After an error it drops all further text, so that the run goes on. */
export class LineWriter {
  readonly #terminal: Pick<Terminal, "write">;
  #pending = "";
  #writing: Promise<void> | undefined;
  #isSilent = false;
  #failure: unknown;

  constructor(terminal: Pick<Terminal, "write">) {
    this.#terminal = terminal;
  }

  /** Throws the error with which writing has failed; not if the reader has closed the pipe. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The number of characters that are not written yet. */
  get backlog(): number {
    return this.#pending.length;
  }

  /** Writes `text` after all text before it. */
  write(text: string): void {
    if (this.#isSilent) return;
    this.#pending += text;
    this.#writing ??= this.#drain();
  }

  /** Resolves when all text is written or the reader has closed the pipe. Rejects if writing failed for another reason. */
  async flush(): Promise<void> {
    await this.#writing;
    this.check();
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
