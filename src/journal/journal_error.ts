/**
 * Error of a journal that cannot be used.
 *
 * @module
 */

/** Thrown if a journal is in use, exists and is not to be resumed, belongs to another job, is damaged, or is of a newer version. */
export class JournalError extends Error {
  /** @ignore */
  override readonly name = "JournalError";
}
