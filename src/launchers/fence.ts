/**
 * How long it takes until a worker that nobody reaches has ended.
 *
 * @module
 */

/** Agents count whole seconds, lease and grace each up to two more than they are … */
const ROUNDING_MS = 4_000;
/** … and on a busy machine theirs are longer than ours. */
const SLOWNESS = 1.1;

/** Milliseconds from the last word that an agent may have heard until its worker has ended. */
export function fenceMs({ lease, gracePeriod }: { lease: number; gracePeriod: number }): number {
  return SLOWNESS * (lease + gracePeriod) + ROUNDING_MS;
}
