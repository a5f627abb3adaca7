/**
 * How long to wait before a retry.
 *
 * @module
 */
import type { RetryDelay } from "./task_config.ts";

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
 * import { backoff } from "./retry.ts";
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
