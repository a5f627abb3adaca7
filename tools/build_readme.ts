/**
 * Builds the tables of options: the daily ones in README.md, between two markers, and all of them in docs/options.md.
 *
 * @module
 */
import { inGroups } from "../src/cli/cliffy_options.ts";
import { DEMO_OPTIONS } from "../src/cli/demo.ts";
import { DOCTOR_OPTIONS } from "../src/cli/doctor.ts";
import { flagText, helpOf } from "../src/cli/help.ts";
import { INSTEAD, SYNONYM_ROWS } from "../src/cli/familiar.ts";
import { RUN_OPTIONS } from "../src/cli/options.ts";
import { REPORT_OPTIONS } from "../src/cli/report.ts";
import { CONFIG_OPTIONS } from "../src/model/config_options.ts";
import { type AnyOption, OPTION_GROUPS, type Options } from "../src/model/option.ts";
import type { GeneratedFile } from "./generate.ts";

const README = "README.md";
const BLOCK = /(?<=^<!-- options -->\n)[^]*?(?=^<!-- \/options -->$)/m;

/** The files that have options in them. */
export const optionFiles: readonly GeneratedFile[] = [
  { path: README, build: buildReadme },
  { path: "docs/options.md", build: () => formatMarkdown(allOptions()) },
];

async function buildReadme(): Promise<string> {
  const readme = await Deno.readTextFile(new URL(`../${README}`, import.meta.url));
  if (!BLOCK.test(readme)) throw new Error(`${README} has no block of options`);
  const daily = inGroups(RUN_OPTIONS).filter(({ isDaily }) => isDaily);
  const table = await formatMarkdown(tableOf(daily));
  return readme.replace(BLOCK, () => `\n${table}\n`);
}

function allOptions(): string {
  const groups = OPTION_GROUPS.flatMap((group) => [
    `### ${group}`,
    tableOf(inGroups(RUN_OPTIONS).filter((option) => option.group === group)),
  ]);
  return [
    "# Options",
    "The fields are those of a `TaskConfig`. A time is a number with a unit on the command line (`500ms`, `30s`, " +
    "`1h30m`, `2d`), and a number of milliseconds in a field.",
    "## executor run",
    ...groups,
    ...commandOf("doctor", DOCTOR_OPTIONS),
    ...commandOf("report", REPORT_OPTIONS),
    ...commandOf("demo", DEMO_OPTIONS),
    "## Options of other programs",
    "`executor run` has these options of GNU parallel and xargs, too:",
    familiarTable(
      SYNONYM_ROWS.map(([shown, meaning]) => [`\`${shown}\``, `as ${meaning}`]),
    ),
    "It does not have these. If one is given, its error says what to use instead:",
    familiarTable(
      INSTEAD.map(([flags, instead]) => [
        flags.split(" ").map((flag) => `\`${flag}\``).join(" "),
        instead.replaceAll("|", "\\|").replaceAll("*", "\\*"),
      ]),
    ),
  ].join("\n\n");
}

function commandOf(name: string, options: Options): string[] {
  return [`## executor ${name}`, tableOf(Object.values(options))];
}

/** Makes a table of options of other programs. */
function familiarTable(rows: readonly (readonly string[])[]): string {
  return [["Option", "Here"], ["---", "---"], ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Makes a table; it has a column for the fields of a config if one of the options is such a field. */
function tableOf(options: readonly AnyOption[]): string {
  const rows = options.map((option) => [
    `\`${flagText(option, { isFull: true })}\``,
    fieldOf(option),
    helpOf(option).replaceAll("\n", " ").replaceAll("|", "\\|"),
  ]);
  const hasFields = rows.some(([, field]) => field !== "");
  return [["Option", "Field", "Meaning"], ["---", "---", "---"], ...rows]
    .map((cells) => cells.filter((_, index) => index !== 1 || hasFields))
    .map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function fieldOf({ flag }: AnyOption): string {
  const field = Object.entries(CONFIG_OPTIONS).find(([, option]) => option.flag === flag)?.[0];
  return field === undefined ? "" : `\`${field}\``;
}

/** Formats as `deno fmt` does. */
async function formatMarkdown(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "-"],
    cwd: new URL("..", import.meta.url),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(`${text}\n`));
  await input.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error("deno fmt failed");
  return new TextDecoder().decode(stdout);
}
