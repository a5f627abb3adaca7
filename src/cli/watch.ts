/**
 * Runs a job in front of a person.
 *
 * @module
 */
import type { GetCommand } from "../command.ts";
import { readEnv } from "../env.ts";
import { SubprocessExecutor } from "../executor.ts";
import type { TaskConfig } from "../models.ts";
import { AnsiReporter } from "../reporters/ansi.ts";
import { chooseReporter, type ReporterChoice } from "../reporters/choose.ts";
import type { ColorChoice } from "../reporters/color.ts";
import { PlainReporter } from "../reporters/plain.ts";
import type { Reporter } from "../reporters/reporter.ts";
import type { StopSignal } from "../signals.ts";
import { UsageError } from "./usage_error.ts";

/** How a run is watched. */
export interface WatchOptions {
  title: string;
  reporter: ReporterChoice;
  color: ColorChoice;
}

/** How the command is to end: with an exit code, or by the signal that stopped it. */
export type CommandEnd = { code: number } | { signal: StopSignal };

/**
 * Runs a job and says how the command is to end.
 *
 * @throws {UsageError} If the config is not one.
 */
export async function runAndWatch(
  config: TaskConfig,
  getCommand: GetCommand,
  options: WatchOptions,
): Promise<CommandEnd> {
  const executor = makeExecutor(config, getCommand);
  const { ok, stoppedBy } = await executor.run([...makeReporters(options), lastResort]);
  if (stoppedBy?.kind === "signal") return { signal: stoppedBy.signal };
  return { code: ok ? 0 : 1 };
}

/** Says what the one that draws can no longer say. */
const lastResort: Reporter = {
  report(event) {
    if (event.kind !== "reporter-failed") return;
    const text = `executor: ${event.reporter} failed, the work goes on: ${event.message}\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  },
};

function makeReporters({ title, reporter, color }: WatchOptions): Reporter[] {
  const isTerminal = Deno.stdout.isTerminal();
  switch (chooseReporter(reporter, { env: readEnv, isTerminal })) {
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

function makeExecutor(config: TaskConfig, getCommand: GetCommand): SubprocessExecutor {
  try {
    return new SubprocessExecutor(config, getCommand);
  } catch (error) {
    if (!(error instanceof RangeError) && !(error instanceof TypeError)) throw error;
    const message = error.message.replace(/(?<=^Cannot run the task as )\w+/, (field) => {
      const name = OPTION_NAMES[field] ?? field.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
      return `--${name}`;
    });
    throw new UsageError(message);
  }
}
