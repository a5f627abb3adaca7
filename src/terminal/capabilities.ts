/**
 * Whether to use colour.
 *
 * @module
 */

/** What the person asked for. */
export type ColorChoice = "auto" | "always" | "never";

/**
 * Decides by the first of these that says something: the choice, `NO_COLOR`, `FORCE_COLOR` or `CLICOLOR_FORCE`, whether
 * the output is a terminal. After no-color.org, force-color.org and bixense.com/clicolors.
 */
export function useColor(
  choice: ColorChoice,
  { env, isTerminal }: { env: (name: string) => string | undefined; isTerminal: boolean },
): boolean {
  if (choice !== "auto") return choice === "always";
  if (env("NO_COLOR")) return false;
  const force = env("FORCE_COLOR") || env("CLICOLOR_FORCE");
  if (force) return force !== "0" && force !== "false";
  return isTerminal && env("TERM") !== "dumb";
}

/**
 * Whether a grid can be shown: stdout is a terminal, `TERM` is not `dumb` and `CI` is not set. Colour settings say
 * nothing about that.
 */
export function supportsGrid(
  { env, isTerminal }: { env: (name: string) => string | undefined; isTerminal: boolean },
): boolean {
  return isTerminal && env("TERM") !== "dumb" && !env("CI");
}
