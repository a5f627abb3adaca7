/**
 * The reporters that the options ask for.
 *
 * @module
 */
import { writeAll } from "../base/bytes.ts";
import { errorMessage } from "../base/errors.ts";
import type { ColorChoice } from "../terminal/capabilities.ts";
import { JsonlReporter } from "../reporters/jsonl_reporter.ts";
import { StdinKeyboard } from "../terminal/keyboard.ts";
import type { OutputChoice } from "./output.ts";
import { PlainReporter } from "../reporters/plain_reporter.ts";
import type { Reporter } from "../model/reporter.ts";
import { supportsGrid } from "../terminal/capabilities.ts";
import { StandardTerminal } from "../terminal/terminal.ts";
import { readEnv } from "../base/env.ts";
import { probeReplace } from "../base/atomic_file.ts";
import { parseServeAddress } from "../report/live/address.ts";
import { printError } from "./stderr.ts";
import { UsageError } from "./errors.ts";

/** Which reporter has stdout, or stderr when the output has that; `auto` is the one that suits the place. */
export type ReporterChoice = "auto" | "grid" | "plain" | "jsonl" | "quiet";

/** Who watches a run. */
export interface ReportersOptions {
  title: string;
  reporter: ReporterChoice;
  color: ColorChoice;
  /** The journal's file, which is no other's. */
  journal?: string;
  /** A file for the events. */
  events?: string;
  /** A file for the report. */
  report?: string;
  /** Where to serve the live page: `[host:]port`, or `true` for any free port of this machine. */
  serve?: string | true;
  /** Whether stdin is something else than a keyboard. */
  readsStdin?: boolean;
  /** Whether the grid prints all that workers log. */
  showLog?: boolean;
  /** What workers print, when it has stdout; the reporter then has stderr. */
  output?: OutputChoice;
}

/**
 * Makes the reporters, and loads those that are asked for. (Row start of bench/.)
 *
 * @throws {UsageError} If a file cannot be written.
 */
export async function makeReporters(options: ReportersOptions): Promise<Reporter[]> {
  const { events } = options;
  checkOutputs(options);
  checkPlaces(options);
  return [
    ...await onTerminal(options),
    ...(events === undefined ? [] : [eventsFile(events)]),
    ...await pages(options),
    lastResort(options),
  ];
}

async function pages({ title, report, serve }: ReportersOptions): Promise<Reporter[]> {
  if (report === undefined && serve === undefined) return [];
  const { reportTo, serveAt } = await import("./report.ts");
  return [
    ...(report === undefined ? [] : [reportTo(report, { title })]),
    ...(serve === undefined ? [] : [serveAt(serve, { title })]),
  ];
}

/** Refuses outputs that would overwrite each other. */
function checkOutputs({ journal, events, report }: ReportersOptions): void {
  const taken = new Map<string, string>();
  for (const [option, path] of Object.entries({ journal, events, report })) {
    if (path === undefined) continue;
    const place = realPlace(path);
    const other = taken.get(place);
    if (other !== undefined) {
      throw new UsageError(
        `--${option} must not be the file of --${other}: current value is "${path}"`,
      );
    }
    taken.set(place, option);
  }
}

/** Where a path leads to, the file itself there or not; devices such as /dev/null may be shared. */
function realPlace(path: string): string {
  try {
    const isFile = Deno.statSync(path).isFile;
    return isFile ? Deno.realPathSync(path) : `${path} ${crypto.randomUUID()}`;
  } catch {
    const [, folder = ".", name = path] = /^(.*)\/([^/]*)$/.exec(path) ?? [];
    try {
      return `${Deno.realPathSync(folder || "/")}/${name}`;
    } catch {
      return path;
    }
  }
}

/** A report that cannot be written, or a port that is taken, is told before the work, not after it. */
function checkPlaces({ report, serve }: ReportersOptions): void {
  try {
    if (report !== undefined) probeReplace(report);
  } catch (error) {
    throw new UsageError(`--report must be a file that can be written: ${errorMessage(error)}`);
  }
  const address = typeof serve === "string" ? parseServeAddress(serve) : undefined;
  if (address === undefined) return;
  try {
    Deno.listen(address).close();
  } catch (error) {
    throw new UsageError(
      `--serve must be an address that is free: current value is "${serve}" (${
        errorMessage(error)
      })`,
    );
  }
}

async function onTerminal(
  { title, reporter, color, showLog, output, readsStdin }: ReportersOptions,
): Promise<Reporter[]> {
  const hasStdout = output === undefined || output === "none";
  const terminal = new StandardTerminal(hasStdout ? Deno.stdout : Deno.stderr);
  switch (choose(reporter, terminal)) {
    case "grid": {
      const { AnsiReporter } = await import("../reporters/grid_reporter.ts");
      const keys = readsStdin ? undefined : keyboard(terminal);
      return [new AnsiReporter({ title, color, showLog, terminal, keyboard: keys })];
    }
    case "plain":
      return [new PlainReporter({ title, color, terminal })];
    case "jsonl":
      if (hasStdout) return [new JsonlReporter()];
      throw new UsageError(
        `--reporter jsonl and --output ${output} both write to stdout: use --events FILE for the events`,
      );
    case "quiet":
      return [];
  }
}

function choose(
  reporter: ReporterChoice,
  terminal: StandardTerminal,
): Exclude<ReporterChoice, "auto"> {
  if (reporter !== "auto") return reporter;
  return supportsGrid({ env: readEnv, isTerminal: terminal.isTerminal() }) ? "grid" : "plain";
}

function keyboard(terminal: StandardTerminal): StdinKeyboard | undefined {
  return Deno.stdin.isTerminal() && terminal.isTerminal() ? new StdinKeyboard() : undefined;
}

function eventsFile(path: string): Reporter {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { write: true, create: true, truncate: true });
  } catch (error) {
    throw new UsageError(`--events must be a file that can be written: ${errorMessage(error)}`);
  }
  const write = async (text: string) => {
    await writeAll(file, new TextEncoder().encode(text));
  };
  return new JsonlReporter({ terminal: { write } });
}

/** Says on stderr what the one on stdout cannot say: that it failed, or, if there are no words for people, a warning. */
function lastResort({ reporter }: ReportersOptions): Reporter {
  const isMute = reporter === "quiet" || reporter === "jsonl";
  let told = Promise.resolve();
  const say = (text: string) => {
    told = told.then(() => printError(text));
  };
  return {
    report(event) {
      if (event.kind === "warning" && isMute) say(`executor: warning: ${event.text}\n`);
      if (event.kind !== "reporter-failed") return;
      say(`executor: ${event.reporter} failed, the work goes on: ${event.message}\n`);
    },
    close: () => told,
  };
}
