/**
 * The reporters that the options ask for.
 *
 * @module
 */
import { errorMessage } from "../error_message.ts";
import { AnsiReporter } from "../reporters/ansi.ts";
import type { ColorChoice } from "../reporters/color.ts";
import { suitsGrid } from "../reporters/default.ts";
import { JsonlReporter } from "../reporters/jsonl.ts";
import { StdinKeyboard } from "../reporters/keyboard.ts";
import { PlainReporter } from "../reporters/plain.ts";
import type { Reporter } from "../reporters/reporter.ts";
import { readEnv } from "../env.ts";
import { reportTo, serveAt } from "./report.ts";
import { tell } from "./tell.ts";
import { UsageError } from "./usage_error.ts";

/** Which reporter has stdout; `auto` is the one that suits the place. */
export type ReporterChoice = "auto" | "grid" | "plain" | "jsonl" | "quiet";

/** Who watches a run. */
export interface ReportersOptions {
  title: string;
  reporter: ReporterChoice;
  color: ColorChoice;
  /** A file for the events. */
  events?: string;
  /** A file for the report. */
  report?: string;
  /** Where to serve the live page: `[host:]port`, or `true` for any free port of this machine. */
  serve?: string | true;
  /** Whether the grid prints all that workers log. */
  showLog?: boolean;
}

/**
 * Makes the reporters.
 *
 * @throws {UsageError} If a file cannot be written.
 */
export function makeReporters(options: ReportersOptions): Reporter[] {
  const { title, events, report, serve } = options;
  return [
    ...onStdout(options),
    ...(events === undefined ? [] : [eventsFile(events)]),
    ...(report === undefined ? [] : [reportTo(report, { title })]),
    ...(serve === undefined ? [] : [serveAt(serve, { title })]),
    lastResort,
  ];
}

function onStdout({ title, reporter, color, showLog }: ReportersOptions): Reporter[] {
  switch (choose(reporter)) {
    case "grid":
      return [new AnsiReporter({ title, color, showLog, keyboard: keyboard() })];
    case "plain":
      return [new PlainReporter({ title, color })];
    case "jsonl":
      return [new JsonlReporter()];
    case "quiet":
      return [];
  }
}

function choose(reporter: ReporterChoice): Exclude<ReporterChoice, "auto"> {
  if (reporter !== "auto") return reporter;
  const isTerminal = Deno.stdout.isTerminal();
  return suitsGrid({ env: readEnv, isTerminal }) ? "grid" : "plain";
}

function keyboard(): StdinKeyboard | undefined {
  return Deno.stdin.isTerminal() && Deno.stdout.isTerminal() ? new StdinKeyboard() : undefined;
}

function eventsFile(path: string): Reporter {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { write: true, create: true, truncate: true });
  } catch (error) {
    throw new UsageError(`--events must be a file that can be written: ${errorMessage(error)}`);
  }
  const write = async (text: string) => {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  };
  return new JsonlReporter({ terminal: { write } });
}

/** Says what the one that draws can no longer say. */
const lastResort: Reporter = {
  report(event) {
    if (event.kind !== "reporter-failed") return;
    tell(`executor: ${event.reporter} failed, the work goes on: ${event.message}\n`);
  },
};
