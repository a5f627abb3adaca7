/**
 * How help is printed.
 *
 * @module
 */

/** Options for Cliffy's help: colour for a person only, and no hints, which need more than 80 columns. */
export const HELP = {
  colors: Deno.stdout.isTerminal() && !Deno.noColor,
  hints: false,
};
