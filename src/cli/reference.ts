/**
 * Reference of `executor run` beside its options: placeholders, environment, exit codes. For help and manual.
 *
 * @module
 */
import { PRESET_NAMES } from "../output/protocol/presets.ts";
import { SYNONYM_ROWS } from "./familiar.ts";
import type { HelpSection } from "./help.ts";
import { PLACEHOLDER_ROWS } from "./placeholders.ts";

/** The exit codes, each with its meaning. */
export const EXIT_CODES: NonNullable<HelpSection["rows"]> = [
  ["0", "Everything is done."],
  ["1", "Some work is not done, or a file that was asked for is not whole."],
  ["2", "The command line is wrong; nothing was started."],
  ["129, 130, 131, 143", "A signal stopped the run: SIGHUP, SIGINT, SIGQUIT, SIGTERM."],
  ["142, 152", "The same: SIGALRM, SIGXCPU."],
];

/** The variables that workers get. */
export const WORKER_VARIABLES: NonNullable<HelpSection["rows"]> = [
  ["EXECUTOR_START", "The first item of the range, from 0."],
  ["EXECUTOR_END", "The item after its last one."],
  ["EXECUTOR_ITEM", "The item, if there is exactly one and it is a text."],
  ["EXECUTOR_ITEM_COUNT", "How many texts are its items; 0 in a job of numbers."],
  ["EXECUTOR_TOTAL", "The number of all items, if it is known at the start."],
  ["EXECUTOR_WORKER", "The number of the worker, from 0."],
  ["EXECUTOR_ATTEMPT", "The number of the attempt, from 1."],
  ["EXECUTOR_RUN_ID", "The id of the run."],
  ["EXECUTOR_ATTEMPT_ID", "The id of the attempt, which no other one has."],
  ["PYTHONUNBUFFERED", "1, unless it is set: Python then prints at once."],
];

/** The variables that the executor reads. */
export const OWN_VARIABLES: NonNullable<HelpSection["rows"]> = [
  ["NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE", "Switch colour off or on, unless --color does."],
  ["CI, TERM=dumb", "Lines are printed in place of the grid."],
  ["TMPDIR", "Directory for output that waits for its turn."],
];

/** Returns the placeholders of a command, each with its meaning. */
export function placeholderRows(): [word: string, meaning: string][] {
  return PLACEHOLDER_ROWS.map(([word, meaning]) => [word, sentence(meaning)]);
}

/** Makes a sentence of a phrase. */
function sentence(phrase: string): string {
  return `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`.replace(/\.\.$/, ".");
}

/** Explains `--progress-pattern`. */
export const PATTERN_TEXT =
  `--progress-pattern reads the progress of other programs: by a regular\n` +
  `expression with groups (?<done>) (?<total>) (?<percent>) (?<message>), or by\n` +
  `name: ${PRESET_NAMES.join(", ")}.`;

/** Returns the options of GNU parallel and xargs that work here, each with its meaning. */
export function familiarRows(): [flag: string, meaning: string][] {
  return SYNONYM_ROWS.map(([shown, meaning]) => [
    shown,
    `The same as ${meaning.replaceAll("`", "")}.`,
  ]);
}

/** Returns the sections that `run --help-all` has beside the options. */
export function runReference(): HelpSection[] {
  return [
    { title: "Placeholders in the command", rows: placeholderRows() },
    { title: "Progress of other programs", text: PATTERN_TEXT },
    {
      title: "From GNU parallel and xargs",
      rows: familiarRows(),
    },
    { title: "Environment of workers", rows: WORKER_VARIABLES },
    { title: "Exit code", rows: EXIT_CODES },
  ];
}
