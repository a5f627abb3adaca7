/**
 * The reporter that suits the place where a run is watched.
 *
 * @module
 */
import { readEnv } from "../env.ts";
import { AnsiReporter } from "./ansi.ts";
import type { ReporterOptions } from "./options.ts";
import { PlainReporter } from "./plain.ts";
import type { Reporter } from "./reporter.ts";

/** The grid when stdout is a terminal that can show it, else lines; see {@linkcode suitsGrid}. */
export function defaultReporter(options: ReporterOptions = {}): Reporter {
  const isTerminal = Deno.stdout.isTerminal();
  return suitsGrid({ env: readEnv, isTerminal })
    ? new AnsiReporter(options)
    : new PlainReporter(options);
}

/**
 * Whether a grid can be shown: stdout is a terminal, `TERM` is not `dumb` and `CI` is not set. Colour settings say
 * nothing about that.
 */
export function suitsGrid(
  { env, isTerminal }: { env: (name: string) => string | undefined; isTerminal: boolean },
): boolean {
  return isTerminal && env("TERM") !== "dumb" && !env("CI");
}
