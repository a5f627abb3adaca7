/**
 * Errors of the command line: what is wrong with it, and that its answer cannot be written.
 *
 * @module
 */

/** An error of usage, in one sentence that names the option, its value and what would be right. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Thrown if what was asked for cannot be written, with the reason as its message. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  /** Names where it was to go. */
  readonly place: string;

  /** Creates the error; `place` is stdout if it is left out. */
  constructor(message: string, { place = "stdout" }: { place?: string } = {}) {
    super(message);
    this.place = place;
  }
}
