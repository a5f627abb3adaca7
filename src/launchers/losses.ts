/**
 * Losses of workers on other machines: the reasons that are told, and the error of output that is cut off.
 *
 * @module
 */

/** The executor gave no sign for a lease. */
export const LEASE_EXPIRED = "its lease expired: the executor did not reach it";

/** The connection of the executor has ended. */
export const CONNECTION_CLOSED = "the connection to it was closed";

/** A signal of the cluster engine has come. */
export const ENGINE_ASKED = "the engine asked it to end";

/** The connection has ended after the worker, and its output is not complete. */
export const OUTPUT_CUT = "the connection to its node ended before all of its output had come";

/** The error of a stream that was cut off on its way. Its worker counts as lost, even if its end is known. */
export class CutOutputError extends Error {
  /** @ignore */
  override readonly name = "CutOutputError";
}
