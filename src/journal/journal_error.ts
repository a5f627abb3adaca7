/**
 * What is wrong with a journal.
 *
 * @module
 */

/** A journal that cannot be used: in use, of another job, damaged, of a newer version. Its message says which, and where. */
export class JournalError extends Error {
  /** The name of the class. */
  override readonly name = "JournalError";
}
