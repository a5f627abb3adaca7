/**
 * Buffer in front of a terminal or pipe: accepts text at once and writes it as fast as the reader takes it.
 *
 * @module
 */
import type { Terminal } from "./terminal.ts";

/** The number of unwritten characters above which lines are left out, as the reader does not keep up. */
const MAX_BACKLOG = 4 << 20;

/** Writes text in order, in the background. After an error it drops all further text, so that the run goes on. */
export class LineWriter {
  readonly #terminal: Pick<Terminal, "write">;
  #pending = "";
  #writing: Promise<void> | undefined;
  #isSilent = false;
  #failure: unknown;
  #omitted = 0;

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

  /** Returns whether there is room for lines that may be left out. If there is none, it counts them as left out. */
  mayWrite(lines = 1): boolean {
    if (this.backlog <= MAX_BACKLOG) return true;
    this.#omitted += lines;
    return false;
  }

  /** Returns how many lines were left out since the last call. */
  takeOmitted(): number {
    const omitted = this.#omitted;
    this.#omitted = 0;
    return omitted;
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
