/**
 * Retries of a range: how many it may have, how long each one waits, and which item they fail at.
 *
 * @module
 */
import type { RetryCause, RetryDelay } from "../model/config.ts";
import type { AttemptEnd } from "../model/events.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";

/** Fields of a config that limit and delay retries. */
export type RetryLimits = Pick<
  ResolvedConfig,
  | "maxRetries"
  | "retryOn"
  | "noRetryOn"
  | "maxTemporary"
  | "maxLost"
  | "maxLaunchFailures"
  | "retryDelay"
>;

/** The exit code of a temporary failure, after which the work is to be tried later: `EX_TEMPFAIL` of sysexits.h. */
const TEMPORARY_FAILURE = 75;

/** Decides whether and when a range is tried again. Each kind of failure has its own limit. */
export class RetryPolicy {
  readonly #limits: RetryLimits;
  readonly #earlierAttempts: number;
  #lost = 0;
  #launchFailures = 0;
  #temporary = 0;

  /** @param earlierAttempts The number of attempts in earlier runs; they do not count. */
  constructor(limits: RetryLimits, earlierAttempts: number) {
    this.#limits = limits;
    this.#earlierAttempts = earlierAttempts;
  }

  /** The number of the last attempt. It grows with each attempt that does not count: a lost one, for example. */
  get maxAttempt(): number {
    const uncounted = this.#lost + this.#launchFailures + this.#temporary;
    const last = this.#earlierAttempts + uncounted + this.#limits.maxRetries + 1;
    // A journal takes no larger number.
    return Math.min(last, Number.MAX_SAFE_INTEGER);
  }

  /** Counts a failed attempt. Returns whether the range may be tried again. */
  allowsRetry(attempt: number, end: AttemptEnd): boolean {
    const { maxLost, maxLaunchFailures, maxTemporary } = this.#limits;
    const { lost = 0, launchFailures = 0 } = end;
    this.#lost += lost;
    this.#launchFailures += launchFailures;
    if (lost > 0) return this.#lost <= maxLost;
    if (launchFailures > 0) return this.#launchFailures <= maxLaunchFailures;
    if (!this.#allows(end)) return false;
    if (isTemporary(end)) return ++this.#temporary <= maxTemporary;
    return attempt < this.maxAttempt;
  }

  /** Returns whether another attempt may follow the one of that number if it is ended for being slow. */
  retriesSlow(attempt: number): boolean {
    return attempt < this.maxAttempt && this.#allows({ cause: { kind: "slow" } });
  }

  /** Returns whether an attempt with such a cause may be followed by another one at all. */
  #allows({ cause }: Pick<AttemptEnd, "cause">): boolean {
    const { retryOn, noRetryOn = [] } = this.#limits;
    const isNamed = (causes: readonly RetryCause[]) =>
      causes.some((named) =>
        named === cause?.kind || (cause?.kind === "exit" && named === cause.code)
      );
    return !isNamed(noRetryOn) && (retryOn === undefined || isNamed(retryOn));
  }

  /** Returns the milliseconds to wait after the failed attempt of that number. */
  delayAfter(attempt: number): number {
    const failed = attempt - this.#earlierAttempts;
    return backoff(this.#limits.retryDelay, { attempt: failed, random: Math.random() });
  }
}

/** Returns whether a failure says itself that the work is to be tried later. */
export function isTemporary({ cause }: Pick<AttemptEnd, "cause">): boolean {
  return cause?.kind === "exit" && cause.code === TEMPORARY_FAILURE;
}

/**
 * Returns a delay of exponential back-off with jitter, as in "Exponential Backoff And Jitter" (M. Brooker, 2015):
 * `jitter: 1` is its *full jitter*, 0.5 its *equal jitter*.
 *
 * @param delay The parts of the delay.
 * @param options The 1-based number of the attempt that failed, and a random number from 0 to 1.
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
  // 0 times a power that has become Infinity would be NaN.
  const delay = initial === 0 ? 0 : Math.min(max, initial * factor ** (attempt - 1));
  return Math.round(delay * (1 - jitter + jitter * random));
}

/** Collects the items at which attempts failed, to tell a fatal item from bad luck. */
export class CrashSites {
  #count = 0;
  #first: number | undefined;
  #areAlike = true;

  /** Adds a failed attempt: the item it had reached, or `undefined` if something else ended it. */
  add(item: number | undefined): void {
    if (this.#count++ === 0) this.#first = item;
    else if (item !== this.#first) this.#areAlike = false;
  }

  /** The item at which all attempts failed, if there were at least two. */
  get common(): number | undefined {
    return this.#count > 1 && this.#areAlike ? this.#first : undefined;
  }
}
