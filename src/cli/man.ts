/**
 * `executor man`: the command that prints the manual page, which is made of the tables of options.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { type AnyOption, OPTION_GROUPS } from "../model/option.ts";
import type { CommandSyntax } from "./argv.ts";
import { type AnyCommand, inGroups, withOptions } from "./cliffy_options.ts";
import { INSTEAD } from "./familiar.ts";
import { flagText, helpOf, type HelpSection } from "./help.ts";
import { type HelpSubject, usageOf } from "./help_page.ts";
import { noOtherWords } from "./program.ts";
import {
  EXIT_CODES,
  familiarRows,
  OWN_VARIABLES,
  PATTERN_TEXT,
  placeholderRows,
  WORKER_VARIABLES,
} from "./reference.ts";
import { VERSION } from "./version.ts";

/** What may stand in the command line. */
export const MAN_SYNTAX: CommandSyntax = {
  options: {},
  checkWords: noOtherWords("the manual has one page"),
  hasCommand: false,
};

/** Options of {@linkcode manCommand}. */
export interface ManOptions {
  /** Returns all commands. */
  readonly subjects: () => Promise<readonly HelpSubject[]>;
  /** Prints a text to stdout. */
  readonly print: (text: string) => Promise<void>;
}

/** Builds the command. */
export function manCommand({ subjects, print }: ManOptions): AnyCommand {
  const command: AnyCommand = new Command()
    .description("Show the manual page.\n\nIf stdout is no terminal, print it for man(1).")
    .example("Keep", "$ executor man > executor.1");
  return withOptions(command, {
    options: {},
    action: async () => {
      const page = manPage(await subjects());
      if (!Deno.stdout.isTerminal() || !await showWithMan(page)) await print(page);
    },
  });
}

/** Shows a page with man(1). Returns false if that is not possible here. */
async function showWithMan(page: string): Promise<boolean> {
  const ignore = () => {};
  // Its pager uses it.
  Deno.addSignalListener("SIGINT", ignore);
  try {
    const child = new Deno.Command("man", {
      args: ["-l", "-"],
      stdin: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(page)).catch(ignore);
    await writer.close().catch(ignore);
    return (await child.status).success;
  } catch {
    return false;
  } finally {
    Deno.removeSignalListener("SIGINT", ignore);
  }
}

/** Returns the manual page, in roff with the macros of man(7). */
function manPage(subjects: readonly HelpSubject[]): string {
  const run = subjects.find(({ name }) => name === "run")!;
  const others = subjects.filter(({ name }) => name !== "run");
  return [
    `.TH EXECUTOR 1 "" "executor ${VERSION}" "User Commands"`,
    section("NAME", "executor \\- run one big job as many worker processes"),
    section("SYNOPSIS", subjects.map(synopsis).join("\n.br\n")),
    section("DESCRIPTION", paragraphs(run.command.getDescription())),
    section("OPTIONS OF RUN", runOptions(run)),
    section("PLACEHOLDERS", terms(placeholderRows())),
    section("PROGRESS OF OTHER PROGRAMS", paragraphs(PATTERN_TEXT)),
    section("OTHER COMMANDS", others.map(otherCommand).join("\n")),
    section("EXIT STATUS", terms(EXIT_CODES)),
    section(
      "ENVIRONMENT",
      [paragraphs("Workers get:"), terms(WORKER_VARIABLES), paragraphs("The executor reads:")]
        .concat(terms(OWN_VARIABLES)).join("\n"),
    ),
    section("OPTIONS OF OTHER PROGRAMS", familiarOptions()),
    section("EXAMPLES", subjects.flatMap(examplesOf).join("\n")),
    section("SEE ALSO", "\\fBparallel\\fR(1), \\fBxargs\\fR(1)"),
    "",
  ].join("\n");
}

function section(title: string, body: string): string {
  return `.SH ${title}\n${body}`;
}

function synopsis({ name, command }: HelpSubject): string {
  return `\\fBexecutor ${roff(name)}\\fR ${roff(usageOf(command))}`;
}

function runOptions({ syntax: { options } }: HelpSubject): string {
  const all = inGroups(options);
  return OPTION_GROUPS.flatMap((group) => {
    const members = all.filter((option) => option.group === group);
    return members.length === 0 ? [] : [`.SS ${group}`, optionTerms(members)];
  }).join("\n");
}

function otherCommand({ name, command, syntax }: HelpSubject): string {
  const options = Object.values<AnyOption>(syntax.options);
  return [
    `.SS executor ${roff(name)}`,
    paragraphs(command.getDescription()),
    ...(options.length === 0 ? [] : [optionTerms(options)]),
  ].join("\n");
}

function optionTerms(options: readonly AnyOption[]): string {
  return options.map((option) => {
    const [flags = "", value] = flagText(option, { isFull: true }).split(/ (?=[<[])/);
    const bold = flags.split(", ").map((flag) => `\\fB${roff(flag)}\\fR`).join(", ");
    const term = value === undefined ? bold : `${bold} \\fI${roff(value)}\\fR`;
    return `.TP\n${term}\n${roffLines(helpOf(option))}`;
  }).join("\n");
}

function familiarOptions(): string {
  const explained = INSTEAD.map(([flags, instead]) =>
    [flags.replaceAll(" ", ", "), `${instead.charAt(0).toUpperCase()}${instead.slice(1)}.`] as const
  );
  return [
    paragraphs("These options of GNU parallel work in executor run, too:"),
    terms(familiarRows()),
    paragraphs("Those of GNU parallel, xargs, make and rush that it does not have:"),
    terms(explained),
  ].join("\n");
}

function examplesOf({ command }: HelpSubject): string[] {
  return command.getExamples().map(({ description }) =>
    `.PP\n.EX\n${roffLines(description.replace(/^\$ /, ""))}\n.EE`
  );
}

function terms(rows: NonNullable<HelpSection["rows"]>): string {
  return rows.map(([term, meaning]) => `.TP\n\\fB${roff(term)}\\fR\n${roffLines(meaning)}`)
    .join("\n");
}

/** Sets paragraphs, which a blank line separates; indented lines stay as they are. */
function paragraphs(text: string): string {
  return text.split("\n\n").map((paragraph) => {
    const body = roffLines(paragraph);
    return /^\s/m.test(paragraph) ? `.PP\n.EX\n${body}\n.EE` : `.PP\n${body}`;
  }).join("\n");
}

function roffLines(text: string): string {
  return text.split("\n").map(roff).join("\n");
}

/** What stands for characters that roff would change or obey. */
const GLYPHS: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

/** Escapes a line of text. */
function roff(text: string): string {
  const glyphs = text.replace(/[\\'`^~-]/g, (character) => GLYPHS[character]!)
    .replace(/[^\0-\x7f]/gu, (character) => {
      const code = character.codePointAt(0)!.toString(16).toUpperCase();
      return `\\[u${code.padStart(4, "0")}]`;
    });
  return glyphs.startsWith(".") ? `\\&${glyphs}` : glyphs;
}
