/**
 * Capabilities of the terminal: colour, a grid, Unicode.
 *
 * @module
 */

/** A choice of colour: always, never, or by the environment and by whether the output is a terminal. */
export type ColorChoice = "auto" | "always" | "never";

/** Options of {@linkcode useColor} and {@linkcode supportsGrid}. */
export interface TerminalFacts {
  /** Returns the value of an environment variable. */
  env: (name: string) => string | undefined;
  /** Whether the output is a terminal. */
  isTerminal: boolean;
}

/**
 * Returns whether to use colour. The first of these that is set decides: the choice, `NO_COLOR`, `FORCE_COLOR` or
 * `CLICOLOR_FORCE`, whether the output is a terminal. See no-color.org, force-color.org and bixense.com/clicolors.
 */
export function useColor(choice: ColorChoice, { env, isTerminal }: TerminalFacts): boolean {
  if (choice !== "auto") return choice === "always";
  if (env("NO_COLOR")) return false;
  const force = env("FORCE_COLOR") || env("CLICOLOR_FORCE");
  if (force) return force !== "0" && force !== "false";
  return isTerminal && env("TERM") !== "dumb";
}

/**
 * Returns whether a grid can be shown: stdout is a terminal, `TERM` is not `dumb` and `CI` is not set. Colour settings
 * have no influence.
 */
export function supportsGrid({ env, isTerminal }: TerminalFacts): boolean {
  return isTerminal && env("TERM") !== "dumb" && !env("CI");
}

/** Returns whether the terminal understands UTF-8, by its locale. A locale that is not set counts as UTF-8. */
export function supportsUnicode(env: TerminalFacts["env"]): boolean {
  const locale = env("LC_ALL") || env("LC_CTYPE") || env("LANG");
  return !locale || /utf-?8/i.test(locale);
}
