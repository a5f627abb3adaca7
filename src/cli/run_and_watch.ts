/**
 * Runs a job in front of a person.
 *
 * @module
 */
import type { GetCommand } from "../engine/command.ts";
import { type ExecutorOptions, SubprocessExecutor } from "../engine/executor.ts";
import type { Journal } from "../journal/journal.ts";
import { JournalError } from "../journal/journal_error.ts";
import type { StopSignal } from "../model/types.ts";
import type { TaskConfig } from "../model/config.ts";
import { makeOutput } from "./output.ts";
import { makeReporters, type ReportersOptions } from "./reporters.ts";
import { UsageError } from "./errors.ts";

/** How a run is watched, and kept. */
export interface WatchOptions extends Omit<ReportersOptions, "journal"> {
  journal?: Journal;
}

/** How the command is to end: with an exit code, or by the signal that stopped it. */
export type CommandEnd = { code: number } | { signal: StopSignal };

/** Runs a job and says how the command is to end. */
export async function runAndWatch(
  executor: SubprocessExecutor,
  options: WatchOptions,
): Promise<CommandEnd> {
  const { journal } = options;
  try {
    const reporters = await makeReporters({ ...options, journal: journal?.path });
    const { output, hasFailed } = await makeOutput(options.output, reporters);
    const { ok, stoppedBy } = await executor.run(reporters, { journal, output });
    if (stoppedBy?.kind === "signal") return { signal: stoppedBy.signal };
    return { code: ok && !hasFailed() ? 0 : 1 };
  } catch (error) {
    if (error instanceof JournalError) throw new UsageError(`the journal ${error.message}`);
    throw asUsageError(error);
  }
}

/** Names of options that differ from those of their fields. */
const OPTION_NAMES: Record<string, string> = {
  totalItems: "total",
  numWorkers: "workers",
  maxRetries: "retries",
  maxLost: "lost-retries",
  maxLaunchFailures: "launch-retries",
};

/**
 * Makes an executor of what the options say.
 *
 * @throws {UsageError} If the config is not one.
 */
export function makeExecutor(
  config: TaskConfig,
  { getCommand, ...options }: { getCommand: GetCommand } & ExecutorOptions,
): SubprocessExecutor {
  try {
    return new SubprocessExecutor(config, getCommand, options);
  } catch (error) {
    throw asUsageError(error, config);
  }
}

/** What is wrong with a config, said of the options; another error as it is. */
function asUsageError(error: unknown, { items }: Pick<TaskConfig, "items"> = {}): unknown {
  const isOfConfig = (error instanceof RangeError || error instanceof TypeError) &&
    error.message.startsWith("Cannot run the task as ");
  if (!isOfConfig) return error;
  const optionOf = (field: string) => {
    if (field === "chunkSize" && items !== undefined) return "--per-process";
    return `--${OPTION_NAMES[field] ?? field.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
  };
  const message = error.message
    .replace(/(?<=^Cannot run the task as )\w+/, optionOf)
    .replace(/(?<=must be used with )\w+/, optionOf);
  return new UsageError(message);
}
