/**
 * How many more attempts a range may have.
 *
 * @module
 */
import type { RetryDelay } from "../model/config.ts";
import type { AttemptEnd } from "../model/events.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";

/** Counts the attempts at a range; each kind of failure has a limit of its own. */
export class RetryPolicy {
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

/** Tells an item that no attempt gets past from a bad day. */
export class CrashSites {
  readonly #sites: (number | undefined)[] = [];

  /** Notes an attempt that FAILED or CRASHED, by the item that it was at; nothing when something else ended it. */
  add(item: number | undefined): void {
    this.#sites.push(item);
  }

  /** The item at which all ended, two at least; nothing when there is none. */
  get common(): number | undefined {
    const [first, ...others] = this.#sites;
    return others.length > 0 && others.every((site) => site === first) ? first : undefined;
  }
}

/**
 * Exponential back-off with a share of jitter, as in "Exponential Backoff And Jitter" (M. Brooker, 2015): `jitter: 1`
 * is its *full jitter*, 0.5 its *equal jitter*.
 *
 * @param delay The parts of the delay.
 * @param options The number of the attempt that failed, 1-based, and a random number from 0 to 1.
 * @returns Milliseconds.
 *
 * @example
 * ```ts
 * import { backoff } from "./retry_policy.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const delay = { initial: 1000, factor: 2, max: 30_000, jitter: 0.5 };
 * assertEquals(backoff(delay, { attempt: 3, random: 1 }), 4000);
 * assertEquals(backoff(delay, { attempt: 3, random: 0 }), 2000);
 * ```
 */
export function backoff(
  { initial, factor, max, jitter }: Required<RetryDelay>,
  { attempt, random }: { attempt: number; random: number },
): number {
  // A factor beyond the largest number times 0 would be NaN.
  const delay = initial === 0 ? 0 : Math.min(max, initial * factor ** (attempt - 1));
  return Math.round(delay * (1 - jitter + jitter * random));
}
