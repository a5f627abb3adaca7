/**
 * How long an agent and its conductor wait for a word of each other.
 *
 * @module
 */

/** Milliseconds, where nobody says another number. */
export const DEFAULT_LEASE_MS = 15_000;

/** In less, a word that is a little late is one too late. */
const MIN_LEASE_MS = 2_000;

/**
 * Gives the lease back.
 *
 * @throws {RangeError} If it is out of its bounds.
 */
export function checkedLease(lease: number): number {
  if (lease >= MIN_LEASE_MS && lease <= 2 ** 31 - 1) return lease;
  throw new RangeError(
    `Cannot run workers elsewhere as lease must be a number of milliseconds from ${MIN_LEASE_MS}: current value is ${
      Deno.inspect(lease)
    }`,
  );
}
