/**
 * Runs a job in front of a person.
 *
 * @module
 */
import type { GetCommand } from "../command.ts";
import { SubprocessExecutor } from "../executor.ts";
import type { Journal } from "../journal/journal.ts";
import { JournalError } from "../journal/journal_error.ts";
import type { RunSummary, StopSignal } from "../models.ts";
import type { TaskConfig } from "../task_config.ts";
import { AnsiReporter } from "../reporters/ansi.ts";
import type { ColorChoice } from "../reporters/color.ts";
import { defaultReporter } from "../reporters/default.ts";
import { PlainReporter } from "../reporters/plain.ts";
import type { Reporter } from "../reporters/reporter.ts";
import { tell } from "./tell.ts";
import { UsageError } from "./usage_error.ts";

/** Which reporter watches; `auto` is the one that suits the place. */
export type ReporterChoice = "auto" | "grid" | "plain" | "quiet";

/** How a run is watched. */
export interface WatchOptions {
  title: string;
  reporter: ReporterChoice;
  color: ColorChoice;
  journal?: Journal;
}

/** How the command is to end: with an exit code, or by the signal that stopped it. */
export type CommandEnd = { code: number } | { signal: StopSignal };

/** Runs a job and says how the command is to end. */
export async function runAndWatch(
  executor: SubprocessExecutor,
  options: WatchOptions,
): Promise<CommandEnd> {
  const { ok, stoppedBy } = await run(executor, options);
  if (stoppedBy?.kind === "signal") return { signal: stoppedBy.signal };
  return { code: ok ? 0 : 1 };
}

async function run(executor: SubprocessExecutor, options: WatchOptions): Promise<RunSummary> {
  const { journal } = options;
  try {
    return await executor.run([...makeReporters(options), lastResort], { journal });
  } catch (error) {
    if (error instanceof JournalError) throw new UsageError(`the journal ${error.message}`);
    throw asUsageError(error);
  }
}

/** Says what the one that draws can no longer say. */
const lastResort: Reporter = {
  report(event) {
    if (event.kind !== "reporter-failed") return;
    tell(`executor: ${event.reporter} failed, the work goes on: ${event.message}\n`);
  },
};

function makeReporters({ title, reporter, color }: WatchOptions): Reporter[] {
  switch (reporter) {
    case "auto":
      return [defaultReporter({ title, color })];
    case "grid":
      return [new AnsiReporter({ title, color })];
    case "plain":
      return [new PlainReporter({ title, color })];
    case "quiet":
      return [];
  }
}

/** Names of options that differ from those of their fields. */
const OPTION_NAMES: Record<string, string> = {
  totalItems: "total",
  numWorkers: "workers",
  maxRetries: "retries",
};

/**
 * Makes an executor of what the options say.
 *
 * @throws {UsageError} If the config is not one.
 */
export function makeExecutor(
  config: TaskConfig,
  { getCommand, command }: { getCommand: GetCommand; command?: readonly string[] },
): SubprocessExecutor {
  try {
    return new SubprocessExecutor(config, getCommand, { command });
  } catch (error) {
    throw asUsageError(error);
  }
}

/** What is wrong with a config, said of the options; another error as it is. */
function asUsageError(error: unknown): unknown {
  const isOfConfig = (error instanceof RangeError || error instanceof TypeError) &&
    error.message.startsWith("Cannot run the task as ");
  if (!isOfConfig) return error;
  const message = error.message.replace(/(?<=^Cannot run the task as )\w+/, (field) => {
    const name = OPTION_NAMES[field] ?? field.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
    return `--${name}`;
  });
  return new UsageError(message);
}
