/**
 * `executor ls`: the command that lists the runs of this user.
 *
 * @module
 */
import { terminalJson } from "../base/terminal_json.ts";
import { Command } from "@cliffy/command";
import type { RunStatus } from "../reporters/control/run_status.ts";
import type { Options } from "../model/option.ts";
import { boolean } from "../model/value_types.ts";
import { formatDuration, formatPercent } from "../reporters/wording.ts";
import { sanitize } from "../terminal/sanitize.ts";
import { fit, textWidth, truncate } from "../terminal/width.ts";
import type { CommandSyntax } from "./argv.ts";
import { type AnyCommand, withOptions } from "./cliffy_options.ts";
import { noOtherWords } from "./program.ts";
import { allStatuses } from "./run_statuses.ts";
import type { Answering } from "./verb.ts";

const DESCRIPTION = `List the runs that go on, and recent ones.

Those that go on are those of this user on this machine that can be reached.
Recent ones are those of which the state folder has a record, or knows the
journal. A run with --no-journal leaves neither.`;

/** The options of the command. */
export const LS_OPTIONS = {
  json: {
    flag: "--json",
    type: boolean(),
    default: false,
    group: "Output",
    help: "Print a JSON array of their statuses",
  },
} satisfies Options;

/** What may stand in the command line. */
export const LS_SYNTAX: CommandSyntax = {
  options: LS_OPTIONS,
  checkWords: noOtherWords("executor ls lists all runs"),
  hasCommand: false,
};

/** Builds the command. */
export function lsCommand({ print }: Answering): AnyCommand {
  const command: AnyCommand = new Command().description(DESCRIPTION)
    .example("For a program", "$ executor ls --json");
  return withOptions(command, {
    options: LS_OPTIONS,
    action: async ({ json }) => {
      const statuses = await allStatuses();
      await print(json ? `${terminalJson(statuses, { indent: 2 })}\n` : table(statuses));
    },
  });
}

const HEADER = ["NAME", "STATUS", "DONE", "FAILED", "TIME", "TITLE"];
/** The widest column, in columns of the terminal. */
const MAX_WIDTH = 40;

function table(statuses: readonly RunStatus[]): string {
  if (statuses.length === 0) return "no run goes on, and none has left a record\n";
  const rows = [HEADER, ...statuses.map(cellsOf)];
  const widths = HEADER.map((_, at) => Math.max(...rows.map((row) => textWidth(row[at]!))));
  return rows.map((row) => {
    const cells = row.map((cell, at) => fit(cell, widths[at]!));
    return `${cells.join("  ").trimEnd()}\n`;
  }).join("");
}

function cellsOf(status: RunStatus): string[] {
  const { name, title, doneItems, totalItems, isTotalKnown, failedRanges, elapsed } = status;
  const isKnown = doneItems !== undefined && totalItems !== undefined;
  const done = !isKnown
    ? "?"
    : isTotalKnown
    ? `${doneItems}/${totalItems} ${formatPercent(doneItems, totalItems)}`
    : `${doneItems}`;
  return [
    name,
    status.status,
    done,
    failedRanges === undefined ? "?" : `${failedRanges}`,
    elapsed === undefined ? "?" : formatDuration(elapsed),
    truncate(sanitize(title), MAX_WIDTH),
  ];
}
