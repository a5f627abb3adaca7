/**
 * Where a grid can be shown.
 *
 * @module
 */

/**
 * Whether a grid can be shown: stdout is a terminal, `TERM` is not `dumb` and `CI` is not set. Colour settings say
 * nothing about that.
 */
export function suitsGrid(
  { env, isTerminal }: { env: (name: string) => string | undefined; isTerminal: boolean },
): boolean {
  return isTerminal && env("TERM") !== "dumb" && !env("CI");
}
