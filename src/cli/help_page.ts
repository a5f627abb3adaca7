/**
 * Pages of help: of the program and of its commands.
 *
 * @module
 */
import type { AnyOption } from "../model/option.ts";
import { type AnyCommand, inGroups } from "./cliffy_options.ts";
import type { CommandSyntax } from "./argv.ts";
import { flagText, helpOf, type HelpSection } from "./help.ts";

/** A command, for its page of help. */
export interface HelpSubject {
  readonly name: string;
  readonly command: AnyCommand;
  readonly syntax: CommandSyntax;
}

/** How a page is written. */
export interface PageOptions {
  readonly isColored: boolean;
}

/** The row of the option that every command has. */
const HELP_ROW = ["-h, --help", "Show this help."] as const;
/** The width of a page: that of the smallest terminal. */
const WIDTH = 80;

/** Returns the page of a command; with `isAll` also the options that few runs use, and the reference. */
export function commandPage(
  { name, command, syntax }: HelpSubject,
  { isAll, isColored }: PageOptions & { isAll: boolean },
): string {
  const { options, reference } = syntax;
  const all = Object.values<AnyOption>(options);
  const isShort = reference !== undefined && !isAll;
  const groups = reference === undefined
    ? [{ title: "Options", rows: [...optionRows(all), HELP_ROW] }]
    : groupSections(inGroups(options).filter(({ isDaily }) => isAll || isDaily), isAll);
  const more =
    `\`executor ${name} --help-all\` shows all ${all.length} options, and the reference.`;
  const examples = command.getExamples().map(({ description }) => description.replace(/^\$ /, ""));
  return page([
    { title: "Usage", text: `executor ${name} ${usageOf(command)}` },
    { title: "", text: command.getDescription() },
    ...groups,
    ...(isAll && reference !== undefined ? reference() : []),
    ...(examples.length === 0 ? [] : [{ title: "Examples", text: examples.join("\n") }]),
    ...(isShort ? [{ title: "", text: more }] : []),
  ], isColored);
}

/** Returns how a command is used, after its name. */
export function usageOf(command: AnyCommand): string {
  // Cliffy adds the types of arguments.
  const usage = command.getUsage().replaceAll(/:\w+(?=[>\]])/g, "");
  return usage.startsWith("[options]") ? usage : `[options] ${usage}`.trimEnd();
}

/** Returns the page of the program. `examples` are command lines. */
export function programPage(
  { description, commands, options, examples, more }: {
    description: string;
    commands: NonNullable<HelpSection["rows"]>;
    options: NonNullable<HelpSection["rows"]>;
    examples: readonly string[];
    more: string;
  },
  { isColored }: PageOptions,
): string {
  return page([
    { title: "", text: description },
    { title: "Usage", text: "executor <command> [options]" },
    { title: "Commands", rows: commands },
    { title: "Options", rows: options },
    { title: "Examples", text: examples.join("\n") },
    { title: "", text: more },
  ], isColored);
}

function groupSections(options: readonly AnyOption[], hasDetails: boolean): HelpSection[] {
  const groups = Array.from(Map.groupBy(options, ({ group }) => group));
  return groups.map(([title, members]) => ({ title, rows: optionRows(members, hasDetails) }));
}

function optionRows(options: readonly AnyOption[], hasDetails = true): [string, string][] {
  return options.map((option) => {
    const help = helpOf(option);
    return [flagText(option), hasDetails ? help : help.split("\n")[0]!];
  });
}

/** Joins sections; the terms of all rows are aligned. */
function page(sections: readonly HelpSection[], isColored: boolean): string {
  const terms = sections.flatMap(({ rows = [] }) => rows.map(([term]) => term.length));
  const column = Math.max(0, ...terms) + 4;
  const bold = (text: string) => isColored ? `\x1b[1m${text}\x1b[22m` : text;
  const texts = sections.map(({ title, text, rows }) => {
    const lines = rows?.flatMap((row) => rowLines(row, column)) ?? [];
    if (title === "") return text;
    if (title === "Usage") return `${bold("Usage:")} ${text}`;
    const indented = text === undefined ? [] : text.split("\n").map((line) => `  ${line}`);
    return [bold(`${title}:`), ...indented.map((line) => line.trimEnd()), ...lines].join("\n");
  });
  return `${texts.join("\n\n")}\n`;
}

function rowLines([term, meaning]: readonly [string, string], column: number): string[] {
  const lines = meaning.split("\n").flatMap((line) => wrap(line, WIDTH - column));
  return lines.map((line, at) => `${(at === 0 ? `  ${term}` : "").padEnd(column)}${line}`);
}

/** Breaks a text into lines of at most `width` columns, between words. */
export function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1)!;
    const joined = last === "" ? word : `${last} ${word}`;
    if (joined.length <= width || last === "") lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines;
}
