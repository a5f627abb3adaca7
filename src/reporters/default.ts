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
import { suitsGrid } from "./suits_grid.ts";

/** The grid when stdout is a terminal that can show it, else lines; see {@linkcode suitsGrid}. */
export function defaultReporter(options: ReporterOptions = {}): Reporter {
  const isTerminal = Deno.stdout.isTerminal();
  return suitsGrid({ env: readEnv, isTerminal })
    ? new AnsiReporter(options)
    : new PlainReporter(options);
}
