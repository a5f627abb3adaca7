/**
 * Error of a journal that cannot be used.
 *
 * @module
 */

/** Is thrown if a journal is in use, belongs to another job, is damaged, or is of a newer version. */
export class JournalError extends Error {
  /** The name of the class. */
  override readonly name = "JournalError";
}
