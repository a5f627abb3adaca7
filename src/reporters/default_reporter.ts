/**
 * Choice between the grid and plain lines, by the environment.
 *
 * @module
 */
import { readEnv } from "../base/env.ts";
import { AnsiReporter } from "./grid_reporter.ts";
import type { ReporterOptions } from "./options.ts";
import { PlainReporter } from "./plain_reporter.ts";
import type { Reporter } from "../model/reporter.ts";
import { supportsGrid } from "../terminal/capabilities.ts";

/**
 * Creates an {@linkcode AnsiReporter} if stdout is a terminal, `TERM` is not `dumb` and `CI` is not set; otherwise a
 * {@linkcode PlainReporter}.
 */
export function defaultReporter(options: ReporterOptions = {}): Reporter {
  const isTerminal = Deno.stdout.isTerminal();
  return supportsGrid({ env: readEnv, isTerminal })
    ? new AnsiReporter(options)
    : new PlainReporter(options);
}
