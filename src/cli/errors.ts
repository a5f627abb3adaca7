/**
 * What is wrong with a command line.
 *
 * @module
 */

/** Bad input, in one sentence that names the option, the value and what would be right. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
