/**
 * `executor run`: the command that runs a job.
 *
 * @module
 */
import { readEnv } from "../base/env.ts";
import { currentDirectory, isAbsolutePath } from "../base/paths.ts";
import { quote } from "../base/shell.ts";
import { SubprocessExecutor } from "../engine/executor.ts";
import { boundWorkers, planSlots, type SlotPlan } from "../engine/slot_plan.ts";
import { Journal } from "../journal/journal.ts";
import type { Launcher } from "../launchers/launcher.ts";
import type { TaskConfig } from "../model/config.ts";
import { CONFIG_OPTIONS } from "../model/config_options.ts";
import type { OptionValue } from "../model/job_origin.ts";
import type { Options } from "../model/option.ts";
import type { Protocol } from "../model/protocol.ts";
import type { CommandSyntax, ReadArgv } from "./argv.ts";
import { checkValues, type GivenValues } from "./cliffy_options.ts";
import { pickRunName } from "../model/run_name.ts";
import { checkDestinations } from "./destinations.ts";
import { UsageError } from "./errors.ts";
import { insteadOf, SYNONYMS } from "./familiar.ts";
import { readGiven } from "./given_values.ts";
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

/** Variables that a run sets for some of its workers only … */
const OF_WORKERS = ["TOTAL", "ITEM", "ITEM_COUNT", "START", "END", "ATTEMPT"];
/** … and those that it sets for its hooks. */
const OF_HOOKS = ["HOOK", "STATUS", "EXIT_CODE", "TITLE", "JOURNAL", "RANGE", "ATTEMPTS"];
const OUTER_FACTS = [...OF_WORKERS, ...OF_HOOKS].map((name) => `EXECUTOR_${name}`);

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

/** Runs the job of a command line, and returns how the program is to end. */
export async function run(
  { options, command: argv = [] }: ReadArgv,
  print: (text: string) => Promise<void>,
): Promise<CommandEnd> {
  const given = readGiven(RUN_OPTIONS, options);
  const values = checkValues(RUN_OPTIONS, given);
  if (values.detach) return await startDetached(values, print);
  checkCommand(argv, values);
  const ordered = values.keepOrder ? { ...values, output: "ordered" as const } : values;
  return await runJob(ordered, {
    found: await findSources(argv, values),
    given: withKeptOrder(given),
  });
}

/** Starts the run of this command line in the background. */
export async function startDetached(
  { dryRun, reporter }: Pick<RunValues, "dryRun" | "reporter">,
  print: (text: string) => Promise<void>,
): Promise<CommandEnd> {
  if (dryRun) throw new UsageError("--dry-run runs nothing: leave out --detach");
  if (reporter === "grid") {
    throw new UsageError(
      "--reporter grid needs a terminal, which a run with --detach has not: leave it out, and use executor attach",
    );
  }
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
  checkHookTimeout(options);
  const { dryRun, resident, stdin, order, colsep, csv, launcher, threads, nice = 0 } = options;
  if (launcher !== "local" && threads === "auto") {
    throw new UsageError(
      `--threads must be a number with --launcher ${launcher}: the CPUs of its nodes are not known`,
    );
  }
  if (launcher !== "local" && nice < 0) {
    throw new UsageError(
      `--nice must be 0 or more with --launcher ${launcher}: current value is ${nice}`,
    );
  }
  if (order === "largest" && (colsep !== undefined || csv)) {
    throw new UsageError(
      "--order largest needs items that are paths: leave out --colsep and --csv, or use another order",
    );
  }
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

/** Refuses a time for hooks if there are none. */
function checkHookTimeout({ hookTimeout, onEnd, onFailure }: RunValues): void {
  if (hookTimeout === RUN_OPTIONS.hookTimeout.default) return;
  if (onEnd !== undefined || onFailure !== undefined) return;
  throw new UsageError("--hook-timeout must be used with --on-end or --on-failure");
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
  /** Whether output of earlier runs is missing that this one does not print: its exit code is not 0 then. */
  readonly lacksOutput?: boolean;
}

/**
 * Runs the job of a command line, and returns how the program is to end.
 *
 * @throws {UsageError} If it cannot be run.
 */
export async function runJob(
  options: RunValues,
  { found, given, recorded, directory, lacksOutput }: Words,
): Promise<CommandEnd> {
  checkTogether(options);
  const { output } = options;
  checkDestinations(options, found.sources.flatMap((s) => s.kind === "file" ? [s.path] : []));
  const warnings = new Warnings();
  const launcher = await makeLauncher(options);
  const slots = await slotsOf(options);
  const { numWorkers, warning } = await numberOfWorkers(options, { launcher, slots });
  if (warning !== undefined) warnings.warn(warning);
  const job = await openJob(found, {
    ...options,
    numWorkers,
    isLocal: launcher === undefined,
    hasGpus: slots.gpus !== undefined,
    hasCpus: options.threads !== undefined || options.cpus !== undefined,
    recorded,
    warn: (text) => warnings.warn(text),
    note: (text) => warnings.note(text),
  });
  const { program, command, getCommand, itemSpace, sources } = job;
  if (options.order === "largest" && sources.some(({ kind }) => kind === "numbers")) {
    throw new UsageError(
      "--order largest needs a list of items that are files, such as --items FILE",
    );
  }
  const tag = options.tag === undefined ? undefined : makeTag(options.tag, job.template);
  // What was found once is not looked for again.
  const config = { ...configOf(options), gpus: slots.gpus, ...job.work };
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
  // On other machines, the pilot or the agent looks the program up.
  const localProgram = launcher === undefined ? program : undefined;
  if (localProgram !== undefined && !options.dryRun) checkProgram(localProgram);
  if (launcher === undefined && program === undefined) checkTemplate(command[0]!);
  await warnOfSuspects(job);
  dropOuterFacts();
  const startNotice = takeEnv(START_NOTICE);
  const resume = options.resume || isResumedUnasked(options);
  if (options.dryRun) {
    const { dryRun } = await import("./dry_run.ts");
    return await dryRun(options, { job, config, localProgram, origin, resume, directory });
  }
  const name = program ?? command[0]!;
  const { title = name.split("/").at(-1) || name, journal } = options;
  const { reporter, color, showLog, events, joblog, report, serve, logDir } = options;
  const { tokenFile, onEnd, onFailure, hookTimeout, notify } = options;
  return await runAndWatch(executor, {
    title,
    lacksOutput,
    reporter,
    color,
    showLog,
    output,
    outputHint: hintOf(options, output),
    tag,
    events,
    joblog,
    isResumed: resume,
    report,
    serve,
    tokenFile,
    onEnd,
    onFailure,
    hookTimeout,
    notify,
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

/** Returns what the workers have for themselves. */
async function slotsOf(options: RunValues): Promise<SlotPlan> {
  // On other machines, nothing can be looked up.
  return await planSlots(options.launcher === "local" ? options : {});
}

/** Returns how many workers there are to be; undefined if the executor is to choose. Warns if they are fewer than asked for. */
async function numberOfWorkers(
  { numWorkers }: RunValues,
  { launcher, slots }: { launcher: Launcher | undefined; slots: SlotPlan },
): Promise<{ numWorkers?: number; warning?: string }> {
  if (typeof numWorkers === "number") return boundWorkers(numWorkers, slots);
  if (numWorkers === undefined && slots.maxWorkers < Infinity) {
    return { numWorkers: slots.maxWorkers };
  }
  const capacity = await launcher?.capacity?.();
  if (numWorkers === undefined) return { numWorkers: capacity };
  const count = countWorkers(numWorkers, capacity ?? navigator.hardwareConcurrency);
  return { numWorkers: Math.min(count, slots.maxWorkers) };
}

/** Picks the fields of a config; those that make up the job come from {@linkcode openJob}. */
function configOf(options: RunValues): TaskConfig {
  const isField = (name: string) =>
    name in CONFIG_OPTIONS && !["items", "stdin", "numWorkers", "creates"].includes(name);
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
