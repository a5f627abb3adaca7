/**
 * Errors of the command line: what is wrong with it, and that its answer cannot be printed.
 *
 * @module
 */

/** An error of usage, in one sentence that names the option, its value and what would be right. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Thrown if stdout cannot be written, with the reason as its message. */
export class StdoutError extends Error {
  override readonly name = "StdoutError";
}
