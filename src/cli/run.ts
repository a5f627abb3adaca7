/**
 * `executor run`: the command that runs a job.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { SubprocessExecutor } from "../engine/executor.ts";
import { Journal } from "../journal/journal.ts";
import type { TaskConfig } from "../model/config.ts";
import { CONFIG_OPTIONS } from "../model/config_options.ts";
import { PRESET_NAMES } from "../output/protocol/presets.ts";
import { type AnyCommand, withOptions } from "./cliffy_options.ts";
import { HELP } from "./help.ts";
import { readJob, warnOfSuspects } from "./job.ts";
import { isResumedUnasked, makeLauncher } from "./launcher.ts";
import { RUN_OPTIONS, type RunValues } from "./options.ts";
import { PLACEHOLDER_HELP } from "./placeholders.ts";
import { checkProgram } from "./program.ts";
import { type CommandEnd, runAndWatch } from "./run_and_watch.ts";

const DESCRIPTION = `Run a job as many worker processes.

The items are numbers, 0 to TOTAL-1, split into ranges; or they are strings:
the lines of --items, or the words after ::: at the end. Each range is one
process of the command after --, run without a shell. Its arguments may have
these placeholders:
${PLACEHOLDER_HELP}
Items that no argument names are added to the end of the command.

--progress-pattern reads the progress of other programs, by a regular
expression with groups (?<done>) (?<total>) (?<percent>) (?<message>), or by
name: ${PRESET_NAMES.join(", ")}.

Exit code: 0 all done, 1 some work failed, 2 wrong usage; after a signal,
that signal.`;

/** Builds the command; `end` receives how the program is to end. */
export function runCommand(end: (end: CommandEnd) => void): AnyCommand {
  const command: AnyCommand = new Command()
    .description(DESCRIPTION)
    .help(HELP)
    .usage("[options] -- <command...>")
    // The command itself comes after --; for a word before it, there is an error sentence of our own.
    .arguments("[command...:string]")
    .example("Files", "executor run -- gzip -k ::: *.log")
    .example("Lines", "find . -name '*.wav' | executor run --items - -- flac {item}")
    .example("Python", "executor run -n 1000 -w 4 -- python3 resize.py {start} {end}")
    .example("One item each", "executor run -n 20 -c 1 -- curl -fsSO http://host/{start}.png")
    .example("A shell", "executor run -n 8 -c 1 -- sh -c 'echo item {start}; sleep 1'");
  return withOptions(command, {
    options: RUN_OPTIONS,
    isGrouped: true,
    action: async (values, misplaced) => {
      end(await run(values, { argv: command.getLiteralArgs(), misplaced }));
    },
  });
}

async function run(
  options: RunValues,
  { argv, misplaced }: { argv: readonly string[]; misplaced: readonly string[] },
): Promise<CommandEnd> {
  const launcher = await makeLauncher(options);
  const numWorkers = options.numWorkers ?? await launcher?.capacity?.();
  const { totalItems, items, null: isNull, perProcess, chunkSize } = options;
  const job = await readJob(argv, {
    totalItems,
    items,
    null: isNull,
    perProcess,
    chunkSize,
    numWorkers,
    misplaced,
  });
  const { program, command, getCommand } = job;
  const config = { ...configOf(options), ...job.work };
  const executor = new SubprocessExecutor(config, getCommand, { command, launcher });
  // On other machines, the agent looks the program up.
  if (launcher === undefined) checkProgram(program);
  await warnOfSuspects(job);
  const { title = program.split("/").at(-1) || program, journal } = options;
  const resume = options.resume || isResumedUnasked(options);
  const { reporter, color, showLog, output, events, report, serve } = options;
  return await runAndWatch(executor, {
    title,
    reporter,
    color,
    showLog,
    output,
    events,
    report,
    serve,
    readsStdin: items === "-",
    journal: journal === undefined ? undefined : new Journal(journal, { resume }),
  });
}

/** Picks the fields of a config; those that make up the job come from {@linkcode readJob}. */
function configOf(options: RunValues): TaskConfig {
  const isField = (name: string) => name in CONFIG_OPTIONS && name !== "items";
  return Object.fromEntries(Object.entries(options).filter(([name]) => isField(name)));
}
