/**
 * How long it takes until a worker that nobody reaches has ended.
 *
 * @module
 */

/** Agents count whole seconds … */
const ROUNDING_MS = 2_000;
/** … and on a busy machine theirs are longer than ours. */
const SLOWNESS = 1.1;

/** Milliseconds from the last word that an agent may have heard until its worker has ended. */
export function fenceMs({ lease, gracePeriod }: { lease: number; gracePeriod: number }): number {
  return SLOWNESS * (lease + gracePeriod) + ROUNDING_MS;
}
