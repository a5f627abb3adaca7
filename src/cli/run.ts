/**
 * `executor run`: the command that runs a job.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { readEnv } from "../base/env.ts";
import { currentDirectory, isAbsolutePath } from "../base/paths.ts";
import { quote } from "../base/shell.ts";
import { SubprocessExecutor } from "../engine/executor.ts";
import { Journal } from "../journal/journal.ts";
import type { Launcher } from "../launchers/launcher.ts";
import type { TaskConfig } from "../model/config.ts";
import { CONFIG_OPTIONS } from "../model/config_options.ts";
import type { OptionValue } from "../model/job_origin.ts";
import type { Options } from "../model/option.ts";
import type { Protocol } from "../model/protocol.ts";
import { pickRunName } from "../model/run_name.ts";
import type { CommandSyntax } from "./argv.ts";
import { type AnyCommand, type GivenValues, withOptions } from "./cliffy_options.ts";
import { checkDestinations } from "./destinations.ts";
import { UsageError } from "./errors.ts";
import { insteadOf, SYNONYMS } from "./familiar.ts";
import type { RecordedItems } from "./items.ts";
import { findSources, type JobSources, openJob, warnOfSuspects } from "./job.ts";
import { isResumedUnasked, makeLauncher } from "./launcher.ts";
import { patternText } from "./option_types.ts";
import { RUN_OPTIONS, type RunValues } from "./options.ts";
import { checkTagged, hintOf, withKeptOrder } from "./output.ts";
import { checkProgram, checkTemplate, noWords } from "./program.ts";
import { runReference } from "./reference.ts";
import { type CommandEnd, runAndWatch } from "./run_and_watch.ts";
import { START_NOTICE } from "./start_notice.ts";
import { makeTag } from "./tag.ts";
import { Warnings } from "./warnings.ts";
import { countWorkers } from "./worker_count.ts";

const DESCRIPTION = `Run a command for many items, several at a time.

The items are the words after :::, the lines of a file or of stdin, or the
numbers from 0 to TOTAL-1, split into ranges. No shell reads the command. In it,
{} is the item; {start} is the first number of a range, and {end} the one after
its last. A command that names no item of a list gets it at its end.`;

/** Variables that a run sets for some of its workers only. */
const OUTER_FACTS = ["TOTAL", "ITEM", "START", "END", "ATTEMPT"].map((name) => `EXECUTOR_${name}`);

/** Shows how a command line is written. */
const EXAMPLE = "executor run -n 10 -- echo {start}";

/** What may stand in the command line. */
export const RUN_SYNTAX: CommandSyntax = {
  options: RUN_OPTIONS,
  checkWords: noWords("executor run", { example: EXAMPLE }),
  hasCommand: true,
  reference: runReference,
  synonyms: SYNONYMS,
  insteadOf,
};

/** Builds the command; `end` receives how the program is to end. */
export function runCommand(
  end: (end: CommandEnd) => void,
  print: (text: string) => Promise<void>,
): AnyCommand {
  const command: AnyCommand = new Command()
    .description(DESCRIPTION)
    .usage("[options] -- <command...> [::: <items...>]")
    .example("Files", "$ executor run -- gzip -k ::: *.log")
    .example("Lines", "$ find . -name '*.wav' | executor run --items - -- flac {item}")
    .example("Python", "$ executor run -n 1000 -w 4 -- python3 resize.py {start} {end}")
    .example("One each", "$ executor run -n 20 -c 1 -- curl -fsSO http://host/{start}.png")
    .example("A shell", "$ executor run -n 8 -c 1 -- sh -c 'echo item {start}; sleep 1'");
  return withOptions(command, {
    options: RUN_OPTIONS,
    action: async (values, _words, given) => {
      if (values.detach) return end(await startDetached(values, print));
      const argv = command.getLiteralArgs();
      checkCommand(argv, values);
      const kept = withKeptOrder(given);
      const options = values.keepOrder ? { ...values, output: "ordered" as const } : values;
      end(await runJob(options, { found: await findSources(argv, values), given: kept }));
    },
  });
}

/** Starts the run of this command line in the background. */
export async function startDetached(
  { dryRun }: Pick<RunValues, "dryRun">,
  print: (text: string) => Promise<void>,
): Promise<CommandEnd> {
  if (dryRun) throw new UsageError("--dry-run runs nothing: leave out --detach");
  const { detach } = await import("./detach.ts");
  return await detach(print);
}

/** Refuses a command line without a command, unless the journal has it. */
function checkCommand(argv: readonly string[], { resume, journal }: RunValues): void {
  if (argv.length > 0 || !resume || journal === undefined) return;
  throw new UsageError(
    "there is no command to run: put it after --, or take it from the journal by " +
      `executor resume ${quote(journal)}`,
  );
}

/** Refuses options that have no meaning together. */
function checkTogether(options: RunValues): void {
  checkTagged(options);
  const { dryRun, resident, stdin } = options;
  if (resident && stdin) {
    throw new UsageError(
      "--stdin cannot be used with --resident: resident workers get their items on stdin anyway",
    );
  }
  if (dryRun && resident) {
    throw new UsageError(
      "--dry-run prints the command of each range, and --resident has one for all ranges of a " +
        "worker: leave one of them out",
    );
  }
}

/** The command line beside the values of its options. */
export interface Words {
  /** The command, and the sources of its items. */
  readonly found: JobSources;
  /** The values that were given, by field. */
  readonly given: GivenValues;
  /** Items that an earlier run has read, in place of those of the sources. */
  readonly recorded?: RecordedItems;
  /** The directory of the job, if the person is in another one. */
  readonly directory?: string;
}

/**
 * Runs the job of a command line, and returns how the program is to end.
 *
 * @throws {UsageError} If it cannot be run.
 */
export async function runJob(
  options: RunValues,
  { found, given, recorded, directory }: Words,
): Promise<CommandEnd> {
  checkTogether(options);
  const { output } = options;
  checkDestinations(options, found.sources.flatMap((s) => s.kind === "file" ? [s.path] : []));
  const warnings = new Warnings();
  const launcher = await makeLauncher(options);
  const numWorkers = await numberOfWorkers(options, launcher);
  const job = await openJob(found, {
    ...options,
    numWorkers,
    isLocal: launcher === undefined,
    recorded,
    warn: (text) => warnings.warn(text),
    note: (text) => warnings.note(text),
  });
  const { program, command, getCommand, itemSpace, sources } = job;
  const tag = options.tag === undefined ? undefined : makeTag(options.tag, job.template);
  const config = { ...configOf(options), ...job.work };
  const origin = {
    name: options.name ?? pickRunName(),
    directory: currentDirectory(),
    sources,
    columns: job.columnNames,
    options: toRecord(given),
  };
  const executor = new SubprocessExecutor(config, getCommand, {
    command,
    launcher,
    origin,
    itemSpace,
  });
  // On other machines, the agent looks the program up.
  const localProgram = launcher === undefined ? program : undefined;
  if (localProgram !== undefined && !options.dryRun) checkProgram(localProgram);
  if (launcher === undefined && program === undefined) checkTemplate(command[0]!);
  await warnOfSuspects(job);
  dropOuterFacts();
  const startNotice = takeEnv(START_NOTICE);
  const resume = options.resume || isResumedUnasked(options);
  if (options.dryRun) {
    const { dryRun } = await import("./dry_run.ts");
    return await dryRun(options, { job, localProgram, origin, resume, directory });
  }
  const name = program ?? command[0]!;
  const { title = name.split("/").at(-1) || name, journal } = options;
  const { reporter, color, showLog, events, joblog, report, serve, logDir } = options;
  return await runAndWatch(executor, {
    title,
    reporter,
    color,
    showLog,
    output,
    outputHint: hintOf(options, output),
    tag,
    events,
    joblog: joblog === undefined ? undefined : { path: joblog, isAppended: resume },
    report,
    serve,
    warnings,
    logDir,
    readsStdin: job.readsStdin,
    journal: journal === undefined ? undefined : new Journal(journal, { resume }),
    keepsRecord: options.keepsRecord,
    control: {
      name: origin.name,
      directory: origin.directory,
      command,
      logDir: absoluteIn(origin.directory, logDir),
      journal: absoluteIn(origin.directory, journal),
      isWanted: options.name !== undefined || startNotice !== undefined,
    },
    startNotice,
    isResumable: origin.directory !== undefined,
  });
}

/** Returns a path that is the same in all directories, if that is known. */
function absoluteIn(directory: string | undefined, path: string | undefined): string | undefined {
  if (path === undefined || isAbsolutePath(path)) return path;
  return directory === undefined ? undefined : `${directory}/${path}`;
}

/** Returns how many workers there are to be; undefined if the executor is to choose. */
async function numberOfWorkers(
  { numWorkers }: RunValues,
  launcher: Launcher | undefined,
): Promise<number | undefined> {
  if (typeof numWorkers === "number") return numWorkers;
  const capacity = await launcher?.capacity?.();
  if (numWorkers === undefined) return capacity;
  return countWorkers(numWorkers, capacity ?? navigator.hardwareConcurrency);
}

/** Picks the fields of a config; those that make up the job come from {@linkcode openJob}. */
function configOf(options: RunValues): TaskConfig {
  const isField = (name: string) =>
    name in CONFIG_OPTIONS && !["items", "stdin", "numWorkers"].includes(name);
  return Object.fromEntries(Object.entries(options).filter(([name]) => isField(name)));
}

/** Returns options as they are recorded: all but those that name the record. */
function toRecord(given: GivenValues): Record<string, OptionValue> {
  const {
    journal: _journal,
    keepsRecord: _keeps,
    resume: _resume,
    detach: _detach,
    protocol,
    ...others
  } = given;
  const pattern = protocol === undefined ? undefined : patternText(protocol as () => Protocol);
  // Cliffy gives the values of flags such as --no-journal without them, too.
  const isDefault = (field: string, value: unknown) =>
    (RUN_OPTIONS as Options)[field]?.default === value;
  const options = Object.entries({ ...others, protocol: pattern })
    .filter(([field, value]) => !isDefault(field, value));
  // Drops the parts of values that were left out.
  return JSON.parse(JSON.stringify(Object.fromEntries(options)));
}

/** Removes facts about a run that this one is a worker of: workers would take them for theirs. */
function dropOuterFacts(): void {
  for (const name of OUTER_FACTS) takeEnv(name);
}

/** Returns the value of a variable, and removes it: workers would get it otherwise. */
function takeEnv(name: string): string | undefined {
  const value = readEnv(name);
  if (value !== undefined) Deno.env.delete(name);
  return value;
}
