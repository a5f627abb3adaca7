/**
 * The reporter that suits the place where a run is watched.
 *
 * @module
 */
import { readEnv } from "../base/env.ts";
import { AnsiReporter } from "./grid_reporter.ts";
import type { ReporterOptions } from "./options.ts";
import { PlainReporter } from "./plain_reporter.ts";
import type { Reporter } from "../model/reporter.ts";
import { supportsGrid } from "../terminal/capabilities.ts";

/** The grid when stdout is a terminal that can show it, else lines; see {@linkcode supportsGrid}. */
export function defaultReporter(options: ReporterOptions = {}): Reporter {
  const isTerminal = Deno.stdout.isTerminal();
  return supportsGrid({ env: readEnv, isTerminal })
    ? new AnsiReporter(options)
    : new PlainReporter(options);
}
