/**
 * `executor report`, and the reports of `executor run`.
 *
 * @module
 */
import { Command, EnumType } from "@cliffy/command";
import { errorMessage } from "../base/errors.ts";
import { JournalError } from "../journal/journal_error.ts";
import type { RunHistory } from "../report/history/history.ts";
import { renderReport } from "../report/page/document.ts";
import { readHistory } from "../report/history/read_history.ts";
import { replaceFile } from "../base/atomic_file.ts";
import { HtmlReporter } from "../report/html_reporter.ts";
import { parseServeAddress } from "../report/live/address.ts";
import { LivePage } from "../report/live/live_page.ts";
import { toTrace } from "../report/history/trace.ts";
import { HELP } from "./help.ts";
import { printError } from "./stderr.ts";
import { UsageError } from "./errors.ts";

const DESCRIPTION = `Make a report of a run from its journal.

The report is one HTML file that needs no network: a timeline with a row
per worker, workers and items per second over time, a table of all attempts,
and the failures with their logs. With --format trace it is a file of Chrome
trace events, to be opened at ui.perfetto.dev.

A run that still goes on can be reported as well, as far as it has come.`;

/** What a report is written as. */
export type ReportFormat = "html" | "trace";

/** What is asked for. */
interface ReportOptions {
  output?: string;
  format: ReportFormat;
  title?: string;
}

/** Builds the command. */
// deno-lint-ignore no-explicit-any -- Cliffy's types spell every option out
export function reportCommand(): Command<any> {
  return new Command()
    .description(DESCRIPTION)
    .help(HELP)
    .type("format", new EnumType<ReportFormat>(["html", "trace"]))
    .arguments("<journal:string>")
    .option("-o, --output <file:string>", "Where to write it; - is standard output (default: -).")
    .option("--format <name:format>", "html or trace (default: html).")
    .option("--title <text:string>", "Title of the report (default: the command).")
    .example("A page", "executor report run.jsonl -o run.html")
    .example("A trace", "executor report run.jsonl --format trace -o trace.json")
    .action(async ({ format = "html", ...options }, journal: string) => {
      await makeReport(journal, { format, ...options });
    });
}

/** Makes a reporter that writes a report to `path` when the run has ended. */
export function reportTo(path: string, { title }: { title?: string } = {}): HtmlReporter {
  return new HtmlReporter(path, { title });
}

/** Makes a reporter that serves a page at `[host:]port`, and says on stderr where. */
export function serveAt(address: string | true, { title }: { title?: string } = {}): LivePage {
  const parsed = parseServeAddress(address === true ? "" : address);
  if (parsed === undefined) {
    throw new UsageError(
      `--serve must be a port, or a host and a port such as 0.0.0.0:8080: current value is "${address}"`,
    );
  }
  const onUrl = (url: string) => void printError(`executor: live page at ${url}\n`);
  return new LivePage({ title, address: parsed, onUrl });
}

async function makeReport(journal: string, options: ReportOptions): Promise<void> {
  const { output = "-", format, title } = options;
  if (output === "-" && options.output === undefined && Deno.stdout.isTerminal()) {
    throw new UsageError("name a file for the report with -o, or - for standard output");
  }
  if (output !== "-" && await isSameFile(journal, output)) {
    throw new UsageError(`--output must not be the journal: current value is "${output}"`);
  }
  const history = read(journal, title);
  const text = format === "html"
    ? await renderReport(history)
    : `${JSON.stringify(toTrace(history))}\n`;
  await write(text, output);
}

function read(journal: string, title: string | undefined): RunHistory {
  try {
    return readHistory(journal, { title });
  } catch (error) {
    if (error instanceof JournalError) throw new UsageError(`the journal ${error.message}`);
    if (!isOfSystem(error)) throw error;
    throw new UsageError(`the journal ${journal} cannot be read: ${errorMessage(error)}`);
  }
}

async function write(text: string, output: string): Promise<void> {
  try {
    if (output !== "-") return await replaceFile(output, text);
    await new Blob([text]).stream().pipeTo(Deno.stdout.writable, { preventClose: true });
  } catch (error) {
    // Whoever read it has read enough.
    if (error instanceof Deno.errors.BrokenPipe) return;
    if (!isOfSystem(error)) throw error;
    throw new UsageError(`the report ${output} cannot be written: ${errorMessage(error)}`);
  }
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  try {
    return await Deno.realPath(a) === await Deno.realPath(b);
  } catch {
    return false;
  }
}

/** Whether the system refused something, rather than that we are wrong. */
function isOfSystem(error: unknown): error is Error {
  const isKnown = Object.values(Deno.errors).some((type) => error instanceof type);
  return isKnown || (error instanceof Error && /\(os error \d+\)$/.test(error.message));
}
