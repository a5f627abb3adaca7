/**
 * `executor report`: the command that makes a report from a journal; also the reports of `executor run`.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { probeReplace, replaceFile } from "../base/atomic_file.ts";
import { errorMessage } from "../base/errors.ts";
import { terminalJson } from "../base/terminal_json.ts";
import type { Checked, Options } from "../model/option.ts";
import { boolean, choice, path } from "../model/value_types.ts";
import { stdoutWriter } from "../output/output_writer.ts";
import { JournalError } from "../journal/journal_error.ts";
import { readHistory } from "../report/history/read_history.ts";
import { toTrace } from "../report/history/trace.ts";
import { HtmlReporter } from "../report/html_reporter.ts";
import type { ServeAddress } from "../report/live/address.ts";
import { LivePage } from "../report/live/live_page.ts";
import { renderReport } from "../report/page/document.ts";
import { refuseDash } from "./destinations.ts";
import { OutputError, UsageError } from "./errors.ts";
import type { CommandSyntax } from "./argv.ts";
import { type AnyCommand, withOptions } from "./cliffy_options.ts";
import { RUN_OPTIONS } from "./options.ts";
import { printError } from "./stderr.ts";
import { newestRecord, stateFolder } from "./state_folder.ts";

const DESCRIPTION = `Make a report of a run from its journal.

Without a journal, the report is that of the newest run that left a record
of its failures, as run does unless it has --journal or --no-journal. The name
of a recent run stands for its journal or its record.

Formats:
  html    a page that needs no network: a timeline with a row per worker,
          items per second, a table of all attempts, failures with logs
  tsv     a line per range, with its items, end, times and last attempt
  failed  the items that failed and are not done since, one per line; in
          a job of numbers, the start and end of each range
  joblog  a line per range, as GNU parallel writes it
  trace   Chrome trace events, to be opened at ui.perfetto.dev

A run that still goes on can be reported as well, up to now.`;

/** The options of the command. */
export const REPORT_OPTIONS = {
  output: {
    flag: "-o, --output <file>",
    type: path(),
    defaultText: "-",
    group: "Output",
    help: "File to write; - is standard output",
  },
  format: {
    flag: "--format <name>",
    type: choice("html", "tsv", "failed", "joblog", "trace"),
    default: "html",
    group: "Output",
    help: "Format of the report",
  },
  null: {
    flag: "-0, --null",
    type: boolean(),
    default: false,
    group: "Output",
    help: "End failed items with a NUL, not a newline",
    needs: [{ field: "format", oneOf: ["failed"] }],
  },
  title: { ...RUN_OPTIONS.title, help: "Title of the report" },
} satisfies Options;

/** What may stand in the command line: one journal, or none. */
export const REPORT_SYNTAX: CommandSyntax = {
  options: REPORT_OPTIONS,
  checkWords: ([journal, other]) => {
    const example = "as in executor report run.jsonl -o run.html";
    if (journal === "") {
      throw new UsageError(`there is no journal to report: name one, ${example}`);
    }
    if (other === undefined) return;
    throw new UsageError(`"${other}" comes after the journal: name one journal, ${example}`);
  },
  hasCommand: false,
};

/** Builds the command. */
export function reportCommand(): AnyCommand {
  const command: AnyCommand = new Command()
    .description(DESCRIPTION)
    .arguments("[journal:string]")
    .example("A page", "$ executor report run.jsonl -o run.html")
    .example("Failures", "$ executor report --format failed | xargs ls -l")
    .example("A table", "$ executor report run.jsonl --format tsv -o run.tsv")
    .example("A trace", "$ executor report run.jsonl --format trace -o trace.json");
  return withOptions(command, {
    options: REPORT_OPTIONS,
    action: async (values, [journal]) =>
      await makeReport(
        journal === undefined ? await newest() : await journalNamed(journal),
        values,
      ),
  });
}

/** Makes a reporter that writes a report to `path` when the run has ended. */
export function reportTo(path: string, { title }: { title?: string } = {}): HtmlReporter {
  return new HtmlReporter(path, { title });
}

/** The fewest characters of a token that a person has chosen. */
const MIN_TOKEN = 16;

/**
 * Makes a reporter that serves a page at an address, and prints its URL to stderr; without the token, if that is in a file.
 *
 * @throws {UsageError} If the file has no token.
 */
export function serveAt(
  address: ServeAddress,
  { title, tokenFile }: { title?: string; tokenFile?: string } = {},
): LivePage {
  const token = tokenFile === undefined ? undefined : readToken(tokenFile);
  const onUrl = (url: string) => {
    const shown = token === undefined
      ? url
      : `${url.slice(0, -token.length - 1)}TOKEN/, with the token of ${tokenFile}`;
    printError(`executor: live page at ${shown}\n`);
    if (tokenFile !== undefined && isForAll(tokenFile)) {
      printError(`executor: warning: every user of this machine can read ${tokenFile}\n`);
    }
  };
  return new LivePage({ title, address, token, onUrl });
}

/** Returns whether every user can read a file. */
function isForAll(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & 0o004) !== 0;
  } catch {
    return false;
  }
}

function readToken(path: string): string {
  let text: string;
  try {
    text = Deno.readTextFileSync(path).trim();
  } catch (error) {
    throw new UsageError(`--token-file must be a file that can be read: ${errorMessage(error)}`);
  }
  if (/^[\w-]+$/.test(text) && text.length >= MIN_TOKEN) return text;
  throw new UsageError(
    `--token-file must be a file with one word of ${MIN_TOKEN} or more letters, digits, - and _: current value is "${path}", which has another text`,
  );
}

async function makeReport(journal: string, options: Checked<typeof REPORT_OPTIONS>): Promise<void> {
  const { output = "-", format } = options;
  if (journal === "-") refuseDash("journal", "the journal");
  const isForFile = format === "html" || format === "trace";
  if (output === "-" && options.output === undefined && isForFile && Deno.stdout.isTerminal()) {
    throw new UsageError("name a file for the report with -o, or - for standard output");
  }
  if (output !== "-" && await isSameFile(journal, output)) {
    throw new UsageError(`--output must not be the journal: current value is "${output}"`);
  }
  await write(await render(journal, options), output);
}

async function render(
  journal: string,
  { format, title, null: isNull }: Checked<typeof REPORT_OPTIONS>,
): Promise<Uint8Array> {
  switch (format) {
    case "html": {
      const history = read(journal, () => readHistory(journal, { title }));
      return new TextEncoder().encode(await renderReport(history));
    }
    case "trace": {
      const history = read(journal, () => readHistory(journal, { title }));
      return new TextEncoder().encode(`${terminalJson(toTrace(history))}\n`);
    }
    default: {
      const { textReport } = await import("./report_text.ts");
      return read(journal, () => textReport(journal, { format, isNull }));
    }
  }
}

/** Returns the journal that a word means. */
async function journalNamed(word: string): Promise<string> {
  const { journalOf } = await import("./recent_runs.ts");
  return journalOf(word);
}

/** Returns the newest record of failures, and says which one it is. */
async function newest(): Promise<string> {
  const path = newestRecord(stateFolder());
  if (path === undefined) {
    throw new UsageError(
      "there is no journal to report: name one, as in executor report run.jsonl (no run has left a record)",
    );
  }
  await printError(`executor: the report is that of the newest run without a journal: ${path}\n`);
  return path;
}

function read<T>(journal: string, reading: () => T): T {
  try {
    return reading();
  } catch (error) {
    if (error instanceof JournalError || !isOfSystem(error)) throw error;
    throw new UsageError(`the journal ${journal} cannot be read: ${errorMessage(error)}`);
  }
}

async function write(bytes: Uint8Array, output: string): Promise<void> {
  const place = output === "-" ? "stdout" : `the report ${output}`;
  try {
    if (output !== "-") probeReplace(output);
  } catch (error) {
    throw new UsageError(`${place} cannot be written: ${errorMessage(error)}`);
  }
  try {
    if (output !== "-") return await replaceFile(output, bytes, { isSafe: true });
    await stdoutWriter()(bytes);
  } catch (error) {
    // The reader has read enough.
    if (error instanceof Deno.errors.BrokenPipe) return;
    if (!isOfSystem(error)) throw error;
    throw new OutputError(errorMessage(error), { place });
  }
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  try {
    return await Deno.realPath(a) === await Deno.realPath(b);
  } catch {
    return false;
  }
}

/** Returns whether an error comes from the system, rather than from a mistake in the program. */
function isOfSystem(error: unknown): error is Error {
  const isKnown = Object.values(Deno.errors).some((type) => error instanceof type);
  return isKnown || (error instanceof Error && /\(os error \d+\)(: |$)/.test(error.message));
}
