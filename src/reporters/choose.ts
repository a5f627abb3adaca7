/**
 * Which reporter suits the place where a run is watched.
 *
 * @module
 */

/** What the person asked for. */
export type ReporterChoice = "auto" | "grid" | "plain" | "quiet";

/**
 * `auto` is the grid when stdout is a terminal, `TERM` is not `dumb` and `CI` is not set; else plain. Colour settings say
 * nothing about that.
 */
export function chooseReporter(
  choice: ReporterChoice,
  { env, isTerminal }: { env: (name: string) => string | undefined; isTerminal: boolean },
): Exclude<ReporterChoice, "auto"> {
  if (choice !== "auto") return choice;
  return isTerminal && env("TERM") !== "dumb" && !env("CI") ? "grid" : "plain";
}
