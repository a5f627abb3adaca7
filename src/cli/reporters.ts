/**
 * Reporters of a run, made from the options.
 *
 * @module
 */
import { probeReplace } from "../base/atomic_file.ts";
import { readEnv } from "../base/env.ts";
import { errorMessage } from "../base/errors.ts";
import { comesBackToTerminal } from "../base/pipeline.ts";
import type { Reporter } from "../model/reporter.ts";
import { JsonlReporter } from "../reporters/jsonl_reporter.ts";
import { PlainReporter } from "../reporters/plain_reporter.ts";
import { supportsGrid } from "../terminal/capabilities.ts";
import { TerminalKeyboard } from "../terminal/keyboard.ts";
import { StandardTerminal } from "../terminal/terminal.ts";
import { UsageError } from "./errors.ts";
import { openEvents, openJoblog } from "./content_file.ts";
import type { RunValues } from "./options.ts";
import { asArgument, ownCommand } from "./own_command.ts";
import type { Tag } from "./tag.ts";

/** The reporter on stdout, or on stderr if the output has stdout; `auto` is the one that suits the terminal. */
type ReporterChoice = RunValues["reporter"];

type ReporterKind = Exclude<ReporterChoice, "auto">;

/** The options that reporters are made of. */
export interface ReportersOptions extends
  Pick<RunValues, "reporter" | "color">,
  Partial<
    Pick<
      RunValues,
      | "events"
      | "joblog"
      | "report"
      | "serve"
      | "tokenFile"
      | "showLog"
      | "output"
      | "logDir"
    >
  > {
  title: string;
  /** The tag of log lines. */
  tag?: Tag;
  /** Whether the files of `events` and `joblog` go on behind what they have, as the run resumes another one. */
  isResumed?: boolean;
  /** Returns the command that runs again what is not done, if there is one. */
  rerun?: () => string | undefined;
  /** What would show the lines of workers, if nothing shows or keeps them. */
  outputHint?: string;
  /** Returns where the journal is, if there is one. */
  journal?: () => string;
  /** Returns the path of the record in the state folder, if that has the failures. */
  record?: () => string | undefined;
  /** Whether stdin has the items. If it is a terminal, they are typed there, and it is no keyboard. */
  readsStdin?: boolean;
}

/**
 * Makes the reporters. Loads only those that the options name, so that the command starts fast. Files that they have opened
 * are given back by `opened`, if the run is refused after all.
 *
 * @throws {UsageError} If a file cannot be written.
 */
export async function makeReporters(
  options: ReportersOptions,
  opened: DisposableStack,
): Promise<Reporter[]> {
  const { events, joblog, isResumed: isAppended = false } = options;
  checkTargets(options);
  const terminal = terminalOf(options);
  const choice = choose(options, terminal);
  return [
    ...await onTerminal(options, { choice, terminal }),
    ...await logLines(options, choice),
    ...(events === undefined ? [] : [opened.use(openEvents({ path: events, isAppended }))]),
    ...(joblog === undefined ? [] : [opened.use(await openJoblog({ path: joblog, isAppended }))]),
    ...await pages(options),
  ];
}

/**
 * Shows log lines on stderr. A grid prints them itself, above its frame; with `--output live`, they are printed anyway.
 */
async function logLines(
  { showLog, output, tag }: ReportersOptions,
  choice: ReporterKind,
): Promise<Reporter[]> {
  if (!showLog || output === "live" || choice === "grid") return [];
  const { LogReporter } = await import("../reporters/log_reporter.ts");
  return [new LogReporter({ tag })];
}

async function pages({ title, report, serve, tokenFile }: ReportersOptions): Promise<Reporter[]> {
  if (report === undefined && serve === undefined) return [];
  const { reportTo, serveAt } = await import("./report.ts");
  return [
    ...(report === undefined ? [] : [reportTo(report, { title })]),
    ...(serve === undefined ? [] : [serveAt(serve, { title, tokenFile })]),
  ];
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

/** Names what has every failure: files and directories that were asked for, otherwise the command that prints the record. */
function recordsOf({ report, logDir, journal, events, record }: ReportersOptions): string[] {
  const paths = [report, logDir, journal?.(), events].filter((path) => path !== undefined);
  if (paths.length > 0) return paths;
  const file = record?.();
  const command = file && ownCommand(["report", "--format", "failed", asArgument(file)]);
  return command === undefined ? [] : [command];
}

async function onTerminal(
  options: ReportersOptions,
  { choice, terminal }: { choice: ReporterKind; terminal: StandardTerminal },
): Promise<Reporter[]> {
  const { title, color, output, tag, readsStdin, rerun, outputHint } = options;
  const showLog = options.showLog && output !== "live";
  const records = () => recordsOf(options);
  const hasStdout = output === undefined || output === "none";
  const shared = { title, color, records, rerun, outputHint };
  switch (choice) {
    case "grid": {
      const { AnsiReporter } = await import("../reporters/grid_reporter.ts");
      const keys = keyboard(terminal, { readsStdin });
      return [
        new AnsiReporter({
          ...shared,
          showLog,
          tag,
          logDir: options.logDir,
          terminal,
          keyboard: keys,
        }),
      ];
    }
    case "plain":
      return [new PlainReporter({ ...shared, terminal })];
    case "summary": {
      const { SummaryReporter } = await import("../reporters/summary_reporter.ts");
      return [new SummaryReporter({ ...shared, terminal })];
    }
    case "jsonl":
      if (hasStdout) return [new JsonlReporter({ path: "standard output" })];
      throw new UsageError(
        `--reporter jsonl and --output ${output} both write to stdout: use --events FILE for the events`,
      );
    case "quiet": {
      const { QuietReporter } = await import("../reporters/quiet_reporter.ts");
      return [new QuietReporter(shared)];
    }
  }
}

/** Returns where reporters write: stderr if the output of the workers has stdout. */
function terminalOf({ output = "none" }: Pick<ReportersOptions, "output">): StandardTerminal {
  return new StandardTerminal(output === "none" ? Deno.stdout : Deno.stderr);
}

function choose(
  { reporter, output = "none" }: ReportersOptions,
  terminal: StandardTerminal,
): ReporterKind {
  if (reporter !== "auto") return reporter;
  const isPossible = supportsGrid({ env: readEnv, isTerminal: terminal.isTerminal() });
  // A grid would be drawn over output that a pipe brings back to its terminal.
  return isPossible && (output === "none" || !comesBackToTerminal()) ? "grid" : "plain";
}

/** Returns the keyboard; undefined if nobody sees the grid, or items are typed on the terminal. */
function keyboard(
  terminal: StandardTerminal,
  { readsStdin = false }: { readsStdin?: boolean },
): TerminalKeyboard | undefined {
  if (!terminal.isTerminal() || (readsStdin && Deno.stdin.isTerminal())) return undefined;
  return TerminalKeyboard.isSupported ? new TerminalKeyboard() : undefined;
}
