/**
 * Options that all reporters for people share: title, colour, ASCII, clock, and what the summary names.
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
import {
  boolean,
  choice,
  either,
  functionCheck,
  listOf,
  text,
  withMethods,
} from "../model/value_types.ts";

/** Options of all reporters for people, such as {@linkcode AnsiReporter} and {@linkcode PlainReporter}. */
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
   * Tells the time.
   *
   * @default {systemClock}
   */
  clock?: Clock;
  /**
   * Paths of files that have every failure, such as a report or a journal; or a function that returns them at the end of the
   * run. The summary shows ten failures, and names these paths for the others.
   *
   * @default {[]}
   */
  records?: readonly string[] | (() => readonly string[]);
  /**
   * The command that runs again what is not done, quoted for a shell; or a function that returns it at the end of the run. If
   * something is not done, the summary shows it before the totals.
   */
  rerun?: string | (() => string | undefined);
  /**
   * The option that would show the lines that workers print, such as `--output ordered`. If it is given, the summary says how
   * many lines were not shown, and names it.
   */
  outputHint?: string;
}

/** The checks of {@linkcode ReporterOptions}. */
export const REPORTER_CHECKS = {
  title: text(),
  color: choice("auto", "always", "never"),
  ascii: either(boolean(), choice("auto")),
  clock: withMethods("now", "after"),
  // A function is taken without a try of the other check, whose error takes milliseconds to make. (Row start of bench/.)
  records: either(functionCheck, listOf(text())),
  rerun: either(functionCheck, text()),
  outputHint: text(),
};

/** The options with their defaults, and `auto` resolved. */
export interface ResolvedReporterOptions {
  readonly title: string;
  /** The number of colours to use; `false` if there are none. */
  readonly color: ColorDepth | false;
  readonly ascii: boolean;
  readonly clock: Clock;
  readonly records: () => readonly string[];
  readonly rerun: () => string | undefined;
  readonly outputHint?: string;
}

/** Fills in defaults and resolves `auto`, by the stream that the reporter writes to if it was given no terminal. */
export function resolveReporterOptions(
  options: ReporterOptions & { terminal?: Pick<Terminal, "isTerminal"> },
  stream: Pick<typeof Deno.stdout, "isTerminal"> = Deno.stdout,
): ResolvedReporterOptions {
  const { title = "executor", color = "auto", ascii = "auto", clock = systemClock } = options;
  const { records = [], outputHint } = options;
  const isTerminal = options.terminal?.isTerminal?.() ?? stream.isTerminal();
  return {
    title,
    clock,
    records: () => typeof records === "function" ? records() : records,
    outputHint,
    rerun: () => typeof options.rerun === "function" ? options.rerun() : options.rerun,
    color: useColor(color, { env: readEnv, isTerminal }) && colorDepth(readEnv),
    ascii: ascii === "auto" ? !supportsUnicode(readEnv) : ascii,
  };
}
