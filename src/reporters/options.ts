/**
 * What reporters for people have in common.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { readEnv } from "../base/env.ts";
import { lacksUnicode } from "../terminal/ascii.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { type ColorChoice, useColor } from "../terminal/capabilities.ts";

/** How a reporter shows a run. */
export interface ReporterOptions {
  /**
   * What stands before the bar.
   *
   * @default {"executor"}
   */
  title?: string;
  /**
   * Whether to use colour: `auto` goes by the environment, and by whether it is a terminal that is written to.
   *
   * @default {"auto"}
   */
  color?: ColorChoice;
  /**
   * Whether to use ASCII alone: `auto` does when the locale is not one of UTF-8.
   *
   * @default {"auto"}
   */
  ascii?: boolean | "auto";
  /**
   * What tells the time.
   *
   * @default {systemClock}
   */
  clock?: Clock;
}

/** The options with their defaults, and the choice of colour made. */
export interface ResolvedReporterOptions {
  readonly title: string;
  readonly color: boolean;
  readonly ascii: boolean;
  readonly clock: Clock;
}

/** Fills the defaults in. */
export function resolveReporterOptions(
  options: ReporterOptions & { terminal?: Pick<Terminal, "isTerminal"> },
): ResolvedReporterOptions {
  const { title = "executor", color = "auto", ascii = "auto", clock = systemClock } = options;
  const isTerminal = options.terminal?.isTerminal?.() ?? Deno.stdout.isTerminal();
  return {
    title,
    clock,
    color: useColor(color, { env: readEnv, isTerminal }),
    ascii: ascii === "auto" ? lacksUnicode(readEnv) : ascii,
  };
}
