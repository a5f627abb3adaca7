/**
 * `executor run`.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { Journal } from "../journal/journal.ts";
import { PRESET_NAMES } from "../output/protocol/presets.ts";
import type { TaskConfig } from "../model/config.ts";
import { HELP } from "./help.ts";
import { readJob, warnOfSuspects } from "./job.ts";
import { capacityOf, goesOn, launcherType, makeLauncher } from "./launcher.ts";
import { checkProgram } from "./program.ts";
import { progressPatternType } from "./progress_pattern.ts";
import {
  colorType,
  durationType,
  haltOnType,
  outputType,
  reporterType,
  retryDelayType,
  retryFromType,
} from "./option_types.ts";
import { type CommandEnd, makeExecutor, runAndWatch } from "./run_and_watch.ts";

const DESCRIPTION = `Run a job as many worker processes.

The items are numbers, 0 to TOTAL-1, split into ranges; or they are strings:
the lines of --items, or what stands behind ::: at the end. Each range is one
process of the command after --, run without a shell. In its arguments stand
  {start} {end}   the range's first item, and the item after its last
  {count}         how many items that is
  {resume}        the first item that is not safely done: {start}, too
  {range}         the number of the range, from 0
  {worker}        the number of the worker, from 0
  {attempt}       the number of the attempt, from 1
  {total}         all items
  {item} {index}  the item as a string (or {}), and its number from 0
  {item.base} {item.dir} {item.stem} {item.ext}   parts of a path
  {items}         the items of --per-process, an argument each
  {{              a brace
Items that no argument names stand at the end of the command.

--progress-pattern reads the progress of other programs, by a regular
expression with groups (?<done>) (?<total>) (?<percent>) (?<message>), or by
name: ${PRESET_NAMES.join(", ")}.

Exit code: 0 all done, 1 some work failed, 2 wrong usage; after a signal,
that signal.`;

/** Builds the command; `end` is told how the program is to end. */
// deno-lint-ignore no-explicit-any -- Cliffy's types spell every option out
export function runCommand(end: (end: CommandEnd) => void): Command<any> {
  return new Command()
    .description(DESCRIPTION)
    .help(HELP)
    .usage("[options] -- <command...>")
    .type("duration", durationType)
    .type("retry-delay", retryDelayType)
    .type("halt-on", haltOnType)
    .type("retry-from", retryFromType)
    .type("progress-pattern", progressPatternType)
    .type("output", outputType)
    .type("reporter", reporterType)
    .type("color", colorType)
    .type("launcher", launcherType)
    // The command itself stands after --; what stands before it is a mistake, told in words of our own.
    .arguments("[command...:string]")
    .option("-n, --total <items:integer>", "How many items there are, as numbers.")
    .option("--items <file:string>", "Items, one on a line; - is stdin.")
    .option("-0, --null", "Items end in a NUL, as of find -print0.", { depends: ["items"] })
    .option("--per-process <n:integer>", "Items for one process (default: 1).")
    .option("-w, --workers <n:integer>", "Processes at once (default: what fits).")
    .option("-r, --retries <n:integer>", "Retries of a failed range (default: 0).")
    .option("--lost-retries <n:integer>", "Those when its node fails (default: 10).")
    .option("--launch-retries <n:integer>", "Those when it cannot start (default: 20).")
    .option("-c, --chunk-size <items:integer>", "Items per range (default: a share each).")
    .option("--retry-delay <delay:retry-delay>", "1s, or first,factor,max,jitter.")
    .option("--retry-from <where:retry-from>", "start, or checkpoint: the last PROGRESS.")
    .option("--progress-pattern <p:progress-pattern>", "Read other programs' progress.")
    .option("--strict", "Progress short of the range is a failure.")
    .option("--timeout <time:duration>", "Longest time for one attempt: 30s, 1h30m.")
    .option("--stall-timeout <time:duration>", "Longest time without progress or message.")
    .option("--run-timeout <time:duration>", "Longest time for the whole run.")
    .option("--slow-after <times:number>", "Warn of ranges that take so many medians.")
    .option("--kill-slow", "End them, and try them again.", { depends: ["slow-after"] })
    .option("--isolate", "Split a range around a fatal item.")
    .option("--grace-period <time:duration>", "From asking to killing (default: 10s).")
    .option("--halt-on <failures:halt-on>", "Give up after failures: 3:drain, 1:kill.")
    .option("--grid-cols <n:integer>", "Columns of the grid (default: all).")
    .option("--launcher <name:launcher>", "What runs workers: local, slurm or ssh.")
    .option("--launcher-arg <arg:string>", "One more argument for srun or ssh.", { collect: true })
    .option("--slurm-queue", "Queue each worker as a job of its own.")
    .option("--hosts <hosts:string>", "Hosts for ssh, with workers: n1:8,n2:8.")
    .option("--ssh-config <file:string>", "What ssh reads in place of ~/.ssh/config.")
    .option("--lease <time:duration>", "Longest silence of a node (default: 15s).")
    .option("--journal <file:string>", "Record the run in a file.")
    .option("--resume", "Do what the journal has not seen done.", { depends: ["journal"] })
    .option("--log-dir <dir:string>", "Keep all that is printed, by attempt.")
    .option("--output <mode:output>", "On stdout: ordered, live or none.")
    .option("--results <dir:string>", "Keep output and exit codes of ranges.")
    .option("--title <text:string>", "Title of the run (default: the command).")
    .option("--reporter <name:reporter>", "auto, grid, plain, jsonl or quiet.")
    .option("--events <file:string>", "Write the events to a file (JSON lines).")
    .option("--report <file:string>", "Write a report of the run, an HTML page.")
    .option("--serve [address:string]", "Show the page live, at [host:]port.")
    .option("--show-log", "Print what workers log above the grid.")
    .option("--color <when:color>", "auto, always or never (default: auto).")
    .example("Files", "executor run -- gzip -k ::: *.log")
    .example("Lines", "find . -name '*.wav' | executor run --items - -- flac {item}")
    .example("Python", "executor run -n 1000 -w 4 -- python3 resize.py {start} {end}")
    .example("One item each", "executor run -n 20 -c 1 -- curl -fsSO http://host/{start}.png")
    .example("A shell", "executor run -n 8 -c 1 -- sh -c 'echo item {start}; sleep 1'")
    .action(async function (options, ...misplaced: string[]) {
      const { launcher: engine, launcherArg, slurmQueue, hosts, sshConfig, lease } = options;
      const where = { launcher: engine, launcherArg, slurmQueue, hosts, sshConfig, lease };
      const launcher = await makeLauncher(where);
      const { total, items, perProcess, chunkSize } = options;
      const workers = options.workers ?? await capacityOf(launcher);
      const work = { total, items, null: options.null, perProcess, chunkSize, workers };
      const job = await readJob(this.getLiteralArgs(), { ...work, misplaced });
      const { program } = job;
      const executor = makeExecutor({ ...job.work, ...configOf(options) }, { ...job, launcher });
      // Elsewhere, it is the agent that looks for it.
      if (launcher === undefined) checkProgram(program);
      await warnOfSuspects(job);
      const { title, reporter = "auto", color = "auto", showLog, output } = options;
      const { journal, events, report, serve } = options;
      const name = title ?? program.split("/").at(-1) ?? program;
      const resume = options.resume || goesOn(where);
      const record = journal === undefined ? undefined : new Journal(journal, { resume });
      const shown = { title: name, reporter, color, showLog, output, readsStdin: items === "-" };
      end(await runAndWatch(executor, { ...shown, events, report, serve, journal: record }));
    });
}

/** The options that are fields of the config. */
type ConfigOptions =
  & Pick<
    TaskConfig,
    | "gridCols"
    | "retryDelay"
    | "retryFrom"
    | "strict"
    | "timeout"
    | "stallTimeout"
    | "runTimeout"
    | "gracePeriod"
    | "slowAfter"
    | "killSlow"
    | "isolate"
    | "haltOn"
    | "logDir"
    | "results"
  >
  & {
    retries?: number;
    lostRetries?: number;
    launchRetries?: number;
    progressPattern?: TaskConfig["protocol"];
  };

function configOf(options: ConfigOptions): TaskConfig {
  return {
    maxRetries: options.retries,
    maxLost: options.lostRetries,
    maxLaunchFailures: options.launchRetries,
    protocol: options.progressPattern,
    gridCols: options.gridCols,
    retryDelay: options.retryDelay,
    retryFrom: options.retryFrom,
    strict: options.strict,
    timeout: options.timeout,
    stallTimeout: options.stallTimeout,
    runTimeout: options.runTimeout,
    gracePeriod: options.gracePeriod,
    slowAfter: options.slowAfter,
    killSlow: options.killSlow,
    isolate: options.isolate,
    haltOn: options.haltOn,
    logDir: options.logDir,
    results: options.results,
  };
}
