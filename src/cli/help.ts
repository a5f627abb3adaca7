/**
 * How help is printed.
 *
 * @module
 */
import { readEnv } from "../base/env.ts";
import { useColor } from "../terminal/capabilities.ts";

/** Options for Cliffy's help: colour for a person only, and no hints, which need more than 80 columns. */
export const HELP = {
  colors: useColor("auto", { env: readEnv, isTerminal: Deno.stdout.isTerminal() }),
  hints: false,
};
