/**
 * Errors of usage: what is wrong with a command line.
 *
 * @module
 */

/** An error of usage, in one sentence that names the option, its value and what would be right. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
