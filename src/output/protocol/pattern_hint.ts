/**
 * Hint for a run without a progress pattern whose workers print what a known pattern would read.
 *
 * @module
 */
import type { OutputStream } from "../../model/protocol.ts";
import { PatternRecognition } from "./recognition.ts";

/** The number of lines that are looked at in a run, as looking takes longer than reading. */
const MAX_LINES = 400;
/** The time in which a worker may still print a signal, which means that it needs no pattern, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Looks at the first lines of a run, and gives one hint. */
export class PatternHint {
  readonly #give: (text: string) => void;
  #lines = 0;
  #isOver = false;

  /** `give` is called once at most, with a sentence. */
  constructor(give: (text: string) => void) {
    this.#give = give;
  }

  /** Returns what looks at the lines of one attempt; undefined if no more lines are looked at. */
  forAttempt(): HintWatch | undefined {
    return this.#isOver || this.#lines >= MAX_LINES ? undefined : new HintWatch(this);
  }

  /** Returns whether one more line may be looked at, and counts it. */
  mayLook(): boolean {
    return !this.#isOver && ++this.#lines <= MAX_LINES;
  }

  /** Gives the hint to use a pattern, unless it was given or a worker has printed a signal. */
  give(option: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#give(
      `workers print progress that is not shown: --progress-pattern ${option} would read it`,
    );
  }

  /** Gives no hint from now on. */
  end(): void {
    this.#isOver = true;
  }
}

/** Looks at the lines of one attempt. */
export class HintWatch {
  readonly #run: PatternHint;
  /** Made for the first line, as many workers print nothing. */
  #recognition: PatternRecognition | undefined;
  #found: { readonly option: string; readonly at: number } | undefined;

  constructor(run: PatternHint) {
    this.#run = run;
  }

  /** Looks at a line that is no signal, or at a state of a rewritten one. Returns whether it wants the next one. */
  look(line: string, stream: OutputStream, now: number): boolean {
    if (this.#found !== undefined) {
      if (now < this.#found.at + PATIENCE_MS) return true;
      this.close();
      return false;
    }
    if (!this.#run.mayLook()) return false;
    const recognition = this.#recognition ??= new PatternRecognition();
    recognition.look(line, stream);
    const option = recognition.best?.option;
    if (option !== undefined) this.#found = { option, at: now };
    return true;
  }

  /** Tells that the worker has printed a signal. */
  signal(): void {
    this.#run.end();
  }

  /** Gives the hint if there is one: the attempt is over. */
  close(): void {
    if (this.#found !== undefined) this.#run.give(this.#found.option);
  }
}
