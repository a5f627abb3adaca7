/**
 * `executor status`: the command that tells how a run goes.
 *
 * @module
 */
import { terminalJson } from "../base/terminal_json.ts";
import { Command } from "@cliffy/command";
import type { RunStatus } from "../reporters/control/run_status.ts";
import type { Options } from "../model/option.ts";
import type { RangeFailure } from "../model/types.ts";
import { boolean } from "../model/value_types.ts";
import {
  causeText,
  formatDuration,
  formatPercent,
  formatRate,
  nameItems,
  plural,
  stopText,
} from "../reporters/wording.ts";
import { sanitize } from "../terminal/sanitize.ts";
import { truncate } from "../terminal/width.ts";
import type { CommandSyntax } from "./argv.ts";
import { type AnyCommand, withOptions } from "./cliffy_options.ts";
import { withRun } from "./find_run.ts";
import { ownCommand } from "./own_command.ts";
import { statusOfFound } from "./run_statuses.ts";
import { answer, type Answering, checkWords } from "./verb.ts";

const DESCRIPTION = `Tell how a run goes, in at most twenty lines.

Without RUN, the only run that goes on is meant; the beginning of a name or of
an id is enough. A run that has ended is known if it left a record, as runs
without a journal do.`;

/** The options of the command. */
export const STATUS_OPTIONS = {
  json: {
    flag: "--json",
    type: boolean(),
    default: false,
    group: "Output",
    help: "Print the status as JSON",
  },
} satisfies Options;

/** What may stand in the command line. */
export const STATUS_SYNTAX: CommandSyntax = {
  options: STATUS_OPTIONS,
  checkWords: (words) => checkWords(words, { most: 1, example: "executor status amber-fox" }),
  hasCommand: false,
};

/** Builds the command. */
export function statusCommand(answering: Answering): AnyCommand {
  const command: AnyCommand = new Command().description(DESCRIPTION)
    .arguments("[run:string]")
    .example("The only run", "$ executor status")
    .example("For a program", "$ executor status amber-fox --json");
  return withOptions(command, {
    options: STATUS_OPTIONS,
    action: async ({ json }, [name]) => {
      await answer(answering, async () => {
        const status = await withRun(name, statusOfFound);
        await answering.print(json ? `${terminalJson(status, { indent: 2 })}\n` : describe(status));
      });
    },
  });
}

/** The failures and the warnings that are shown: with the other lines, there are at most twenty. */
const MAX_FAILURES = 8;
const MAX_WARNINGS = 4;
/** The widest line, in columns. */
const MAX_WIDTH = 200;

function describe(status: RunStatus): string {
  const { name, title, runId, failures = [], warnings = [], stoppedBy, record } = status;
  const lines = [
    `${name} (${title}) is ${status.status}${
      stoppedBy === undefined ? "" : `: ${stopText(stoppedBy)}`
    }`,
    ...figures(status),
    `run ${runId}${status.directory === undefined ? "" : ` in ${status.directory}`}`,
    ...failures.slice(0, MAX_FAILURES).map((failure) => `✗ ${describeFailure(failure)}`),
    ...more((status.failedRanges ?? 0) - MAX_FAILURES, "failure"),
    ...warnings.slice(0, MAX_WARNINGS).map((warning) => `! ${warning}`),
    ...more(warnings.length - MAX_WARNINGS, "warning"),
  ].map((line) => truncate(sanitize(line), MAX_WIDTH));
  const isLeft = record !== undefined && isOver(status) && status.status !== "done";
  // A command that is cut would be another one.
  const rerun = isLeft ? ownCommand(["resume", record]) : undefined;
  if (rerun !== undefined) lines.push(sanitize(`to run again what was not done: ${rerun}`));
  return lines.map((line) => `${line}\n`).join("");
}

/** Describes what is done in a line, and how it goes in another one. */
function figures(status: RunStatus): string[] {
  const { doneItems, totalItems, isTotalKnown, failedRanges = 0, rate, eta, elapsed } = status;
  if (doneItems === undefined || totalItems === undefined) return [];
  const total = isTotalKnown
    ? `of ${plural(totalItems, "item")} done (${formatPercent(doneItems, totalItems)})`
    : "items done, more may come";
  const { retries = 0, workers = 0, busyWorkers = 0 } = status;
  const pace = [
    ...(isOver(status) ? [] : [`${plural(workers, "worker")}, ${busyWorkers} busy`]),
    ...(rate === undefined ? [] : [formatRate(rate, "items")]),
    ...(elapsed === undefined
      ? []
      : [`${formatDuration(elapsed)} ${isOver(status) ? "in all" : "so far"}`]),
    ...(eta === undefined ? [] : [`${formatDuration(eta)} to go`]),
  ].join(" · ");
  return [
    `${doneItems} ${total} · ${failedRanges} failed · ${plural(retries, "retry", "retries")}`,
    ...(pace === "" ? [] : [pace]),
  ];
}

function isOver({ status }: RunStatus): boolean {
  return ["done", "failed", "stopped", "killed"].includes(status);
}

function describeFailure(failure: RangeFailure): string {
  const { status, cause, attempts, log } = failure;
  const last = log.at(-1);
  const tries = attempts > 1 ? `, ${attempts} attempts` : "";
  return `${status} ${nameItems(failure)}: ${causeText(cause)}${tries}${last ? `: ${last}` : ""}`;
}

function more(count: number, noun: string): string[] {
  return count > 0 ? [`… and ${plural(count, `more ${noun}`)}`] : [];
}
