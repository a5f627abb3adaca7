/**
 * Capabilities of the terminal: colours, a grid, Unicode.
 *
 * @module
 */
import type { ColorDepth } from "./colors.ts";

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

/** Names of terminals that have 256 colours, or more. */
const WITH_256_COLORS = /256color|-direct|alacritty|foot|ghostty|iterm|kitty|wezterm/i;

/**
 * Returns how many colours the terminal has, by `TERM`, `COLORTERM` and what some terminals set. `FORCE_COLOR` of 1, 2 or 3
 * decides alone, as in other programs. tmux and screen get 256 at most: not all of them pass on more.
 */
export function colorDepth(env: TerminalFacts["env"]): ColorDepth {
  const forced = ({ 1: 16, 2: 256, 3: 16_777_216 } as const)[env("FORCE_COLOR") ?? ""];
  if (forced !== undefined) return forced;
  const term = env("TERM") ?? "";
  const isMultiplexed = /^(tmux|screen)/.test(term) || Boolean(env("TMUX"));
  const hasTrueColor = /^(truecolor|24bit)$/.test(env("COLORTERM") ?? "") || /-direct/.test(term) ||
    Boolean(env("WT_SESSION"));
  if (hasTrueColor && !isMultiplexed) return 16_777_216;
  return hasTrueColor || WITH_256_COLORS.test(term) || term.startsWith("tmux") ? 256 : 16;
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
