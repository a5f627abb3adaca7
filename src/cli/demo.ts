/**
 * `executor demo`: the command that shows a job in which workers fail.
 *
 * @module
 */
import { ownProgram } from "../base/programs.ts";
import { SubprocessExecutor } from "../engine/executor.ts";
import type { TaskConfig } from "../model/config.ts";
import type { WorkerState } from "../model/types.ts";
import type { CommandSyntax, ReadArgv } from "./argv.ts";
import { checkValues } from "./cliffy_options.ts";
import { readGiven } from "./given_values.ts";
import { RUN_OPTIONS } from "./options.ts";
import { mockCommand } from "./mock_words.ts";
import { noOtherWords } from "./program.ts";
import { type CommandEnd, runAndWatch } from "./run_and_watch.ts";

/** The demo's job. */
export const DEMO_CONFIG: TaskConfig = {
  totalItems: 960,
  chunkSize: 60,
  numWorkers: 4,
  maxRetries: 2,
  retryDelay: 2_000,
};
/** An item at which the first attempt crashes. */
const BROKEN_ITEM = 200;
/** A range whose first attempt reports SUCCESS and exits with 3. */
const LYING_RANGE = 9;

/** The options of the command. */
export const DEMO_OPTIONS = { reporter: RUN_OPTIONS.reporter, color: RUN_OPTIONS.color };

/** What may stand in the command line. */
export const DEMO_SYNTAX: CommandSyntax = {
  options: DEMO_OPTIONS,
  checkWords: noOtherWords("the demo has a job of its own"),
  hasCommand: false,
};

/** Runs the demo of a command line, and returns how the program is to end. */
export async function demo({ options }: ReadArgv): Promise<CommandEnd> {
  const { reporter, color } = checkValues(DEMO_OPTIONS, readGiven(DEMO_OPTIONS, options));
  const executor = new SubprocessExecutor(DEMO_CONFIG, demoCommandLine(Deno.mainModule));
  return await runAndWatch(executor, { title: "Demo", reporter, color });
}

/** Returns the commands of its workers; `main` is the module that runs the command line. */
export function demoCommandLine(main: string): (worker: WorkerState) => string[] {
  const program = ownProgram() ?? "deno";
  return ({ attempt, extraData: { startIndex, endIndex, range } }) =>
    mockCommand({ program, main }, [
      ...["--delay", `${35 + 10 * (range % 4)}`],
      ...["--crash-at", `${BROKEN_ITEM}`, "--crash-attempts", "1"],
      ...(range === LYING_RANGE && attempt === 1 ? ["--lie"] : []),
      `${startIndex}`,
      `${endIndex}`,
    ]);
}
