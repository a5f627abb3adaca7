/**
 * Reporter that prints to stderr what no other one can: that another one failed, and warnings that none of them shows.
 *
 * @module
 */
import type { RunEvent } from "../model/events.ts";
import type { Reporter } from "../model/reporter.ts";
import { printError } from "./stderr.ts";

/** Has no `close`, so that it gets the warnings that come while the others close. */
export class LastResort implements Reporter {
  readonly #isSilent: boolean;
  #isOver = false;
  /** Resolves when all that came is printed. */
  printed: Promise<void> = Promise.resolve();

  /** `isSilent` says that no other reporter shows warnings. */
  constructor({ isSilent }: { isSilent: boolean }) {
    this.#isSilent = isSilent;
  }

  /** See {@linkcode Reporter.report}. */
  report(event: RunEvent): void {
    if (event.kind === "run-ended") this.#isOver = true;
    if (event.kind === "warning" && !event.isHint && (this.#isSilent || this.#isOver)) {
      this.#print(`warning: ${event.text}`);
    }
    if (event.kind !== "reporter-failed") return;
    const { reporter, message } = event;
    this.#print(`${reporter} failed${this.#isOver ? "" : ", the work goes on"}: ${message}`);
  }

  #print(text: string): void {
    this.printed = this.printed.then(() => printError(`executor: ${text}\n`));
  }
}
