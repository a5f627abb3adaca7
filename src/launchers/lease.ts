/**
 * How long an agent and its conductor wait for a word of each other.
 *
 * @module
 */

/** Milliseconds, where nobody says another number. */
export const DEFAULT_LEASE_MS = 15_000;

/**
 * Gives the lease back.
 *
 * @throws {RangeError} If it is out of its bounds: agents count whole seconds.
 */
export function checkedLease(lease: number): number {
  if (lease >= 1_000 && lease <= 2 ** 31 - 1) return lease;
  throw new RangeError(
    `Cannot run workers elsewhere as lease must be a number of milliseconds from 1000: current value is ${
      Deno.inspect(lease)
    }`,
  );
}
