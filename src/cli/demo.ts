/**
 * `executor demo`.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import type { WorkerState } from "../model/types.ts";
import type { TaskConfig } from "../model/config.ts";
import { HELP } from "./help.ts";
import { colorType, reporterType } from "./option_types.ts";
import { type CommandEnd, makeExecutor, runAndWatch } from "./run_and_watch.ts";

const MOCK_TASK = new URL("../../mock_task.ts", import.meta.url);

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
/** A range whose first attempt says SUCCESS and exits with 3. */
const LYING_RANGE = 9;

/** Builds the command; `end` is told how the program is to end. */
// deno-lint-ignore no-explicit-any -- Cliffy's types spell every option out
export function demoCommand(end: (end: CommandEnd) => void): Command<any> {
  return new Command()
    .description("Watch a job in which a worker crashes.")
    .help(HELP)
    .type("reporter", reporterType)
    .type("color", colorType)
    .option("--reporter <name:reporter>", "auto, grid, plain or quiet (default: auto).")
    .option("--color <when:color>", "auto, always or never (default: auto).")
    .action(async ({ reporter = "auto", color = "auto" }) => {
      end(
        await runAndWatch(makeExecutor(DEMO_CONFIG, { getCommand: demoCommandLine }), {
          title: "Demo",
          reporter,
          color,
        }),
      );
    });
}

/** The command of one of its workers. */
export function demoCommandLine({ attempt, extraData }: WorkerState): string[] {
  const { startIndex, endIndex, rangeIndex } = extraData;
  return [
    Deno.execPath(),
    "run",
    "--quiet",
    "--allow-env",
    MOCK_TASK.href,
    ...["--delay", `${35 + 10 * (rangeIndex % 4)}`],
    ...["--crash-at", `${BROKEN_ITEM}`, "--crash-attempts", "1"],
    ...(rangeIndex === LYING_RANGE && attempt === 1 ? ["--lie"] : []),
    `${startIndex}`,
    `${endIndex}`,
  ];
}
