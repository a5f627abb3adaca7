/**
 * Reporters of a run, made from the options.
 *
 * @module
 */
import { writeAll } from "../base/bytes.ts";
import { probeReplace } from "../base/atomic_file.ts";
import { systemClock } from "../base/clock.ts";
import { readEnv } from "../base/env.ts";
import { errorMessage } from "../base/errors.ts";
import type { Reporter } from "../model/reporter.ts";
import { JsonlReporter } from "../reporters/jsonl_reporter.ts";
import { PlainReporter } from "../reporters/plain_reporter.ts";
import { supportsGrid } from "../terminal/capabilities.ts";
import { StdinKeyboard } from "../terminal/keyboard.ts";
import { StandardTerminal } from "../terminal/terminal.ts";
import { UsageError } from "./errors.ts";
import type { RunValues } from "./options.ts";
import { printError } from "./stderr.ts";

/** The reporter on stdout, or on stderr if the output has stdout; `auto` is the one that suits the terminal. */
type ReporterChoice = RunValues["reporter"];

/** The options that reporters are made of. */
export interface ReportersOptions extends
  Pick<RunValues, "reporter" | "color">,
  Partial<
    Pick<RunValues, "journal" | "events" | "report" | "serve" | "showLog" | "output" | "logDir">
  > {
  title: string;
  /** Whether stdin has the items, and is no keyboard. */
  readsStdin?: boolean;
}

/**
 * Makes the reporters. Loads only those that the options name, so that the command starts fast.
 *
 * @throws {UsageError} If a file cannot be written.
 */
export async function makeReporters(options: ReportersOptions): Promise<Reporter[]> {
  const { events } = options;
  checkOutputs(options);
  checkTargets(options);
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

/** Refuses files that would overwrite each other. */
function checkOutputs({ journal, events, report }: ReportersOptions): void {
  const taken = new Map<string, string>();
  for (const [option, path] of Object.entries({ journal, events, report })) {
    if (path === undefined) continue;
    const file = realFile(path);
    const other = taken.get(file);
    if (other !== undefined) {
      throw new UsageError(
        `--${option} must not be the file of --${other}: current value is "${path}"`,
      );
    }
    taken.set(file, option);
  }
}

/** Returns the file that a path leads to, even if it is not there yet; devices such as /dev/null may be used twice. */
function realFile(path: string): string {
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

/** Refuses a report that cannot be written and a port that is taken, before the work begins. */
function checkTargets({ report, serve }: ReportersOptions): void {
  try {
    if (report !== undefined) probeReplace(report);
  } catch (error) {
    throw new UsageError(`--report must be a file that can be written: ${errorMessage(error)}`);
  }
  if (serve === undefined || serve.port === 0) return;
  try {
    Deno.listen(serve).close();
  } catch (error) {
    throw new UsageError(
      `--serve must be an address that is free: current value is "${serve.hostname}:${serve.port}" (${
        errorMessage(error)
      })`,
    );
  }
}

async function onTerminal(options: ReportersOptions): Promise<Reporter[]> {
  const { title, reporter, color, showLog, output, readsStdin } = options;
  const { report, logDir, journal, events } = options;
  const records = [report, logDir, journal, events].filter((path) => path !== undefined);
  const hasStdout = output === undefined || output === "none";
  const terminal = new StandardTerminal(hasStdout ? Deno.stdout : Deno.stderr);
  switch (choose(reporter, terminal)) {
    case "grid": {
      const { AnsiReporter } = await import("../reporters/grid_reporter.ts");
      const keys = readsStdin ? undefined : keyboard(terminal);
      return [new AnsiReporter({ title, color, showLog, terminal, keyboard: keys, records })];
    }
    case "plain":
      return [new PlainReporter({ title, color, terminal, records })];
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
  const file = Promise.resolve(isPipe(path) ? openPipe(path) : openFile(path));
  // The first write rejects, too.
  file.catch(() => {});
  const write = async (text: string) => {
    await writeAll(await file, new TextEncoder().encode(text));
  };
  return new JsonlReporter({ terminal: { write } });
}

function openFile(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { write: true, create: true, truncate: true });
  } catch (error) {
    throw new UsageError(`--events must be a file that can be written: ${errorMessage(error)}`);
  }
}

/** Time after which a pipe that nobody reads is told, in milliseconds. */
const PIPE_NOTICE_MS = 2_000;

/** Opens a named pipe. That takes until somebody opens its other end; the run goes on meanwhile. */
async function openPipe(path: string): Promise<Deno.FsFile> {
  using _notice = systemClock.after(PIPE_NOTICE_MS, () => {
    printError(`executor: nobody reads ${path}: its events wait for a reader\n`);
  });
  return await Deno.open(path, { write: true });
}

function isPipe(path: string): boolean {
  try {
    return Deno.statSync(path).isFifo === true;
  } catch {
    return false;
  }
}

/** Makes a reporter that prints to stderr what the one on stdout cannot: that it failed, and warnings that it does not print. */
function lastResort({ reporter }: ReportersOptions): Reporter {
  const isSilent = reporter === "quiet" || reporter === "jsonl";
  let printed = Promise.resolve();
  const print = (text: string) => {
    printed = printed.then(() => printError(text));
  };
  return {
    report(event) {
      if (event.kind === "warning" && isSilent) print(`executor: warning: ${event.text}\n`);
      if (event.kind !== "reporter-failed") return;
      print(`executor: ${event.reporter} failed, the work goes on: ${event.message}\n`);
    },
    close: () => printed,
  };
}
