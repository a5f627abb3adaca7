/**
 * `executor logs`: the command that prints what the workers of a run have printed.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { errorMessage } from "../base/errors.ts";
import { compileRegExp } from "../base/regexps.ts";
import type { LiveRun } from "../reporters/control/registration.ts";
import { ControlError, RunConnection } from "../reporters/control/run_connection.ts";
import type { RunEvent } from "../model/events.ts";
import type { Options } from "../model/option.ts";
import { reduce } from "../model/reduce.ts";
import type { RunState } from "../model/state.ts";
import type { RangeFailure } from "../model/types.ts";
import { boolean, text } from "../model/value_types.ts";
import { defaultTag } from "../output/line_tag.ts";
import { findEndless } from "../output/protocol/backtracking.ts";
import { causeText, nameItems } from "../reporters/wording.ts";
import { sanitize } from "../terminal/sanitize.ts";
import type { CommandSyntax } from "./argv.ts";
import { type AnyCommand, withOptions } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import { type FoundRun, unreachableText, withRun } from "./find_run.ts";
import { recordedRun } from "./recent_runs.ts";
import { type AttemptLines, hasItem, linesOfItem, linesOfRun, type LogPlaces } from "./run_logs.ts";
import { printError } from "./stderr.ts";
import { answer, type Answering, checkWords } from "./verb.ts";

const DESCRIPTION = `Print what the workers of a run have printed.

Without ITEM, these are the last lines of the ranges at work and of those that
failed, each line with its item. With ITEM, they are those of its last attempt.
A run with --log-dir has all lines; of another one, its state has the last 200
of each range at work, and the last 20 of each failure. After its end, its
record has those of failures. Of failures without a line, stderr has the reason.
In a job of numbers, ITEM is a number. An ITEM that begins with - comes after --.

Without RUN, the only run that goes on is meant; to give an ITEM, name the run.`;

/** The options of the command. */
export const LOGS_OPTIONS = {
  follow: {
    flag: "-f, --follow",
    type: boolean(),
    default: false,
    group: "Output",
    help: "Print lines as they come, until the run is over",
  },
  grep: {
    flag: "--grep <regex>",
    type: text(),
    group: "Output",
    help: "Print the lines that match only",
  },
  failed: {
    flag: "--failed",
    type: boolean(),
    default: false,
    group: "Output",
    help: "Print the lines of failures only",
  },
} satisfies Options;

/** What may stand in the command line. */
export const LOGS_SYNTAX: CommandSyntax = {
  options: LOGS_OPTIONS,
  checkWords: (words) => checkWords(words, { most: 2, example: "executor logs amber-fox big.wav" }),
  hasCommand: false,
  hasDashedWords: true,
};

/** Builds the command. */
export function logsCommand(answering: Answering): AnyCommand {
  const command: AnyCommand = new Command().description(DESCRIPTION)
    .arguments("[run:string] [item:string]")
    .example("As they come", "$ executor logs -f")
    .example("One item", "$ executor logs amber-fox big.wav")
    .example("Errors", "$ executor logs amber-fox --failed --grep 'error|warning'");
  return withOptions(command, {
    options: LOGS_OPTIONS,
    action: async ({ follow, grep, failed }, [name, item]) => {
      if (follow && failed) throw new UsageError("--follow cannot be used with --failed");
      const printer = new Printer(answering, { item, pattern: patternOf(grep) });
      await answer(answering, async () => {
        const isWhole = await withRun(name, async (found) => {
          if (follow) return await followRun(found, { printer, item });
          await showRun(found, { printer, item, failed, answering });
          return true;
        });
        if (isWhole) return;
        throw new ControlError("the connection has ended before the run: lines may be missing");
      });
    },
  });
}

function patternOf(grep: string | undefined): RegExp | undefined {
  if (grep === undefined) return undefined;
  const pattern = compilePattern(grep);
  const endless = findEndless(pattern);
  if (endless === undefined) return pattern;
  throw new UsageError(
    `--grep must not match the same text in two ways: current value is "${grep}", which takes longer and longer for texts such as ${
      JSON.stringify(endless)
    }`,
  );
}

function compilePattern(grep: string): RegExp {
  try {
    return compileRegExp(grep);
  } catch (error) {
    throw new UsageError(
      `--grep must be a regular expression of JavaScript: ${errorMessage(error)}`,
    );
  }
}

/** Prints lines, each with its item unless only one item is wanted. */
class Printer {
  readonly #print: (text: string) => Promise<boolean>;
  readonly #hasTags: boolean;
  readonly #pattern: RegExp | undefined;
  #printing: Promise<boolean> = Promise.resolve(true);

  constructor(
    { print }: Answering,
    { item, pattern }: { item?: string; pattern?: RegExp },
  ) {
    this.#print = print;
    this.#hasTags = item === undefined;
    this.#pattern = pattern;
  }

  /** Whether only lines that match are printed. */
  get isSelective(): boolean {
    return this.#pattern !== undefined;
  }

  /** Prints lines of a range after those before. Resolves to whether somebody still reads them. */
  async add(
    range: Pick<AttemptLines, "range" | "startIndex" | "endIndex" | "items">,
    lines: readonly string[],
  ): Promise<boolean> {
    const tag = this.#hasTags ? defaultTag({ extraData: range }) : "";
    const wanted = lines.map(sanitize).filter((line) => this.#pattern?.test(line) ?? true);
    if (wanted.length === 0) return await this.#printing;
    const text = wanted.map((line) => `${tag}${line}\n`).join("");
    this.#printing = this.#printing.then((isRead) => isRead && this.#print(text));
    return await this.#printing;
  }
}

interface LogsParts {
  readonly printer: Printer;
  readonly item?: string;
}

async function showRun(
  found: FoundRun,
  { printer, item, failed, answering }: LogsParts & { failed: boolean; answering: Answering },
): Promise<void> {
  const places = await placesOf(found);
  if (item === undefined) {
    const all = linesOfRun(places, { isFailed: failed });
    for (const one of all) await printer.add(one, one.lines);
    return await explain(all, { printer, isOver: found.kind === "recent", failed });
  }
  const lines = linesOfItem(item, places);
  if (lines === undefined) {
    throw new ControlError(`nothing is known of "${item}": it may not have begun`);
  }
  let hasLines = false;
  for (const some of lines.lines) {
    hasLines ||= some.length > 0;
    if (!await printer.add(lines, some)) break;
  }
  if (hasLines) return;
  if (lines.failure !== undefined) await printError(reasonOf(lines.failure));
  if (lines.isWhole) return;
  if (lines.failure === undefined) {
    await printError(
      `executor: no lines of "${item}" are kept: a run with --log-dir DIR keeps those of all items\n`,
    );
  }
  answering.end({ code: 1 });
}

/** Says why ranges have failed of which there is no line, and why there is nothing at all. */
async function explain(
  all: readonly AttemptLines[],
  { printer, isOver, failed }: { printer: Printer; isOver: boolean; failed: boolean },
): Promise<void> {
  // Who looks for lines that match gets nothing else.
  if (printer.isSelective) return;
  for (const { failure, lines } of all) {
    if (failure !== undefined && lines.length === 0) await printError(reasonOf(failure));
  }
  if (all.some(({ failure, lines }) => failure !== undefined || lines.length > 0)) return;
  const why = failed
    ? "nothing has failed"
    : isOver
    ? "nothing has failed, and only a run with --log-dir DIR keeps the lines of what is done"
    : "nothing at work has printed a line, and nothing has failed";
  await printError(`executor: ${why}\n`);
}

function reasonOf(failure: RangeFailure): string {
  const { status, cause, message } = failure;
  const last = message === "" ? "" : `: ${message}`;
  const text = `${nameItems(failure)}: ${status}, ${causeText(cause)}${last}`;
  return `executor: no lines are kept of ${sanitize(text)}\n`;
}

async function placesOf({ kind, run }: FoundRun): Promise<LogPlaces> {
  if (kind === "recent") {
    if (run.state === undefined) throw new ControlError(`${run.record} cannot be read any more`);
    return { ...run, state: run.state, journal: run.record };
  }
  await using connection = await RunConnection.open(run.socket);
  const { state } = await connection.request({ request: "state" });
  return { ...run, state: state!, journal: run.journal ?? recordedRun(run)?.record };
}

/** Prints the lines of a run as they come, after those that its state has. Returns whether none is missing. */
async function followRun(found: FoundRun, { printer, item }: LogsParts): Promise<boolean> {
  if (found.kind !== "live") {
    const { name, isLive } = found.run;
    throw new ControlError(isLive ? unreachableText(found.run) : `the run ${name} has ended`);
  }
  const { socket }: LiveRun = found.run;
  await using connection = await RunConnection.open(socket);
  let state: RunState;
  // Rejects if stdout cannot be written.
  const unread = Promise.withResolvers<"unread">();
  unread.promise.catch(() => {});
  const show = async (...lines: Parameters<Printer["add"]>) => {
    try {
      if (!await printer.add(...lines)) unread.resolve("unread");
    } catch (error) {
      unread.reject(error);
    }
  };
  const isWanted = (worker: RunState["workers"][number] | undefined) =>
    worker !== undefined && (item === undefined || hasItem(worker.extraData, item));
  await connection.subscribe({
    onState: (first) => {
      state = first;
      for (const worker of state.workers.filter(isWanted)) {
        show(worker.extraData, worker.log);
      }
    },
    onEvent: (event: RunEvent) => {
      state = reduce(state, event);
      if (event.kind !== "log") return;
      const worker = state.workers[event.worker];
      if (isWanted(worker)) show(worker!.extraData, event.lines);
    },
    leaveOut: ["usage"],
  });
  const end = await Promise.race([connection.closed, unread.promise]);
  if (end === "unread") return true;
  await printer.add({ range: 0, startIndex: 0, endIndex: 0 }, []);
  return state!.endedAt !== undefined;
}
