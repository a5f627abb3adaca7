/**
 * Warnings that come while the reporters close, and that therefore none of them shows.
 *
 * @module
 */
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import type { RunState } from "../model/state.ts";
import { printError } from "./stderr.ts";

/** Prints late warnings to stderr. It has no `close`, so that it gets them. */
export class LateWarnings implements Reporter {
  #isOver = false;
  /** Resolves when those that came are printed. */
  printed: Promise<void> = Promise.resolve();

  /** See {@linkcode Reporter.report}. */
  report({ kind }: RunEvent, { warnings }: RunState): void {
    const isWarning = kind === "warning" || kind === "reporter-failed";
    const text = warnings.at(-1);
    if (this.#isOver && isWarning && text !== undefined) {
      this.printed = this.printed.then(() => printError(`executor: ${text}\n`));
    }
    this.#isOver ||= kind === "run-ended";
  }
}
