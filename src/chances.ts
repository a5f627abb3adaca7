/**
 * How many more attempts a range may have.
 *
 * @module
 */
import type { ResolvedConfig } from "./config.ts";
import type { AttemptEnd } from "./events.ts";

/** Counts the attempts at a range; each kind of failure has a limit of its own. */
export class Chances {
  readonly #config: ResolvedConfig;
  readonly #before: number;
  #lost = 0;
  #launchFailures = 0;

  /** @param before Attempts of earlier runs, which do not count. */
  constructor(before: number, config: ResolvedConfig) {
    this.#before = before;
    this.#config = config;
  }

  /** The number of the last attempt that the range may have: those that were lost, or never ran, do not count. */
  get maxAttempt(): number {
    return this.#before + this.#lost + this.#launchFailures + this.#config.maxRetries + 1;
  }

  /** Takes the end of an attempt that did not end well; says whether there may be another one. */
  take(attempt: number, { lost = 0, launchFailures = 0 }: AttemptEnd): boolean {
    const { maxLost, maxLaunchFailures } = this.#config;
    this.#lost += lost;
    this.#launchFailures += launchFailures;
    if (lost > 0) return this.#lost <= maxLost;
    if (launchFailures > 0) return this.#launchFailures <= maxLaunchFailures;
    return attempt < this.maxAttempt;
  }
}
