/**
 * Options that the grid and the plain reporter share: title, colour, ASCII, clock.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { readEnv } from "../base/env.ts";
import type { Terminal } from "../terminal/terminal.ts";
import {
  type ColorChoice,
  colorDepth,
  supportsUnicode,
  useColor,
} from "../terminal/capabilities.ts";
import type { ColorDepth } from "../terminal/colors.ts";
import { boolean, choice, either, listOf, text, withMethods } from "../model/value_types.ts";

/** Options of {@linkcode AnsiReporter} and {@linkcode PlainReporter}. */
export interface ReporterOptions {
  /**
   * The name of the job, shown before the bar.
   *
   * @default {"executor"}
   */
  title?: string;
  /**
   * Whether to use colour. `auto` depends on the environment and on whether the output is a terminal.
   *
   * @default {"auto"}
   */
  color?: ColorChoice;
  /**
   * Whether to use ASCII characters only. `auto` does so if the locale is set and is not a UTF-8 locale.
   *
   * @default {"auto"}
   */
  ascii?: boolean | "auto";
  /**
   * The clock to read the time from.
   *
   * @default {systemClock}
   */
  clock?: Clock;
  /**
   * Paths of what has every failure, such as a report, a directory of logs or a journal. The summary shows ten failures, and
   * names these for the others.
   *
   * @default {[]}
   */
  records?: readonly string[];
}

/** The checks of {@linkcode ReporterOptions}. */
export const REPORTER_CHECKS = {
  title: text(),
  color: choice("auto", "always", "never"),
  ascii: either(boolean(), choice("auto")),
  clock: withMethods("now", "after"),
  records: listOf(text()),
};

/** The options with their defaults, and `auto` resolved. */
export interface ResolvedReporterOptions {
  readonly title: string;
  /** The number of colours to use; `false` if there are none. */
  readonly color: ColorDepth | false;
  readonly ascii: boolean;
  readonly clock: Clock;
  readonly records: readonly string[];
}

/** Fills in defaults and resolves `auto`. */
export function resolveReporterOptions(
  options: ReporterOptions & { terminal?: Pick<Terminal, "isTerminal"> },
): ResolvedReporterOptions {
  const { title = "executor", color = "auto", ascii = "auto", clock = systemClock } = options;
  const { records = [] } = options;
  const isTerminal = options.terminal?.isTerminal?.() ?? Deno.stdout.isTerminal();
  return {
    title,
    clock,
    records,
    color: useColor(color, { env: readEnv, isTerminal }) && colorDepth(readEnv),
    ascii: ascii === "auto" ? !supportsUnicode(readEnv) : ascii,
  };
}
