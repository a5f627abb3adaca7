/**
 * `executor run`.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { resolveConfig } from "../config.ts";
import { Journal } from "../journal/journal.ts";
import { HELP } from "./help.ts";
import { capacityOf, goesOn, launcherType, makeLauncher } from "./launcher.ts";
import { checkPlaces, checkProgram } from "./program.ts";
import { compileTemplate, suspectTemplate } from "./template.ts";
import { tell } from "./tell.ts";
import {
  colorType,
  durationType,
  haltOnType,
  reporterType,
  retryDelayType,
  retryFromType,
} from "./types.ts";
import { type CommandEnd, makeExecutor, runAndWatch } from "./watch.ts";

const DESCRIPTION = `Run a job as many worker processes.

The items 0 to TOTAL-1 are split into ranges; each range is one process of the
command after --, run without a shell. In its arguments stand
  {start} {end}   the range's first item, and the item after its last
  {count}         how many items that is
  {worker}        the number of the worker, from 0
  {attempt}       the number of the attempt, from 1
  {total}         all items
  {{              a brace

Exit code: 0 all done, 1 some work failed, 2 wrong usage; after a signal,
that signal.`;

/** Builds the command; `end` is told how the program is to end. */
// deno-lint-ignore no-explicit-any -- Cliffy's types spell every option out
export function runCommand(end: (end: CommandEnd) => void): Command<any> {
  return new Command()
    .description(DESCRIPTION)
    .help(HELP)
    .usage("--total <items> [options] -- <command...>")
    .type("duration", durationType)
    .type("retry-delay", retryDelayType)
    .type("halt-on", haltOnType)
    .type("retry-from", retryFromType)
    .type("reporter", reporterType)
    .type("color", colorType)
    .type("launcher", launcherType)
    // The command itself stands after --; what stands before it is a mistake, told in words of our own.
    .arguments("[command...:string]")
    .option("-n, --total <items:integer>", "How many items the job has (required).", {
      required: true,
    })
    .option("-w, --workers <n:integer>", "Processes at once (default: what fits).")
    .option("-r, --retries <n:integer>", "Retries of a failed range (default: 0).")
    .option("--lost-retries <n:integer>", "Those when its node fails (default: 10).")
    .option("--launch-retries <n:integer>", "Those when it cannot start (default: 20).")
    .option("-c, --chunk-size <items:integer>", "Items per range (default: a share each).")
    .option("--retry-delay <delay:retry-delay>", "1s, or start,factor,max,jitter: 1s,2,30s,0.5.")
    .option("--retry-from <where:retry-from>", "start, or checkpoint: the last PROGRESS.")
    .option("--strict", "Progress short of the range is a failure.")
    .option("--timeout <time:duration>", "Longest time for one attempt: 30s, 1h30m.")
    .option("--stall-timeout <time:duration>", "Longest time without progress or message.")
    .option("--run-timeout <time:duration>", "Longest time for the whole run.")
    .option("--grace-period <time:duration>", "From asking to end to killing (default: 10s).")
    .option("--halt-on <failures:halt-on>", "Give up after failed ranges: 3:drain, 1:kill.")
    .option("--grid-cols <n:integer>", "Columns of the grid (default: all that fit).")
    .option("--launcher <name:launcher>", "What runs workers: local, slurm or ssh.")
    .option("--launcher-arg <arg:string>", "One more argument for srun or ssh.", { collect: true })
    .option("--slurm-queue", "Queue each worker as a Slurm job of its own.")
    .option("--hosts <hosts:string>", "Hosts for ssh, with workers: n1:8,n2:8.")
    .option("--ssh-config <file:string>", "What ssh reads in place of ~/.ssh/config.")
    .option("--lease <time:duration>", "Longest silence of a node (default: 15s).")
    .option("--journal <file:string>", "Record the run in a file.")
    .option("--resume", "Do what the journal has not seen done.", { depends: ["journal"] })
    .option("--log-dir <dir:string>", "Keep what workers print, a file per attempt.")
    .option("--title <text:string>", "Title of the run (default: the command).")
    .option("--reporter <name:reporter>", "auto, grid, plain, jsonl or quiet.")
    .option("--events <file:string>", "Write the events to a file, too (JSON lines).")
    .option("--report <file:string>", "Write a report of the run, an HTML page.")
    .option("--serve [address:string]", "Show the page live, at [host:]port.")
    .option("--show-log", "Print what workers log above the grid.")
    .option("--color <when:color>", "auto, always or never (default: auto).")
    .example("Python", "executor run -n 1000 -w 4 -- python3 resize.py {start} {end}")
    .example("One item each", "executor run -n 20 -c 1 -- curl -fsSO http://host/{start}.png")
    .example("A shell", "executor run -n 8 -c 1 -- sh -c 'echo item {start}; sleep 1'")
    .action(async function (options, ...misplaced: string[]) {
      const { total, workers, retries, journal, resume, ...others } = options;
      const { title, reporter = "auto", color = "auto", ...further } = others;
      const { events, report, serve, showLog, lostRetries, launchRetries, ...furthest } = further;
      const { launcher: kind, launcherArg, slurmQueue, hosts, sshConfig, lease, ...rest } =
        furthest;
      const argv = this.getLiteralArgs();
      const program = checkPlaces(argv, {
        misplaced: misplaced,
        example: "executor run -n 10 -- echo {start}",
      });
      const getCommand = compileTemplate(argv, total);
      const where = { launcher: kind, launcherArg, slurmQueue, hosts, sshConfig, lease };
      const launcher = makeLauncher(where);
      const numWorkers = workers ?? await capacityOf(launcher);
      const limits = {
        maxRetries: retries,
        maxLost: lostRetries,
        maxLaunchFailures: launchRetries,
      };
      const config = { ...rest, ...limits, totalItems: total, numWorkers };
      const executor = makeExecutor(config, { getCommand, command: argv, launcher });
      // Elsewhere, it is the agent that looks for it.
      if (launcher === undefined) checkProgram(program);
      const { ranges } = resolveConfig(config);
      const suspicion = suspectTemplate(argv, Math.ceil(total / ranges));
      if (suspicion !== undefined) await tell(`executor: warning: ${suspicion}\n`);
      const shownTitle = title ?? program.split("/").at(-1) ?? program;
      const record = journal === undefined ? undefined : new Journal(journal, {
        resume: resume || goesOn(where),
      });
      const watch = { title: shownTitle, reporter, color, events, report, serve, showLog };
      end(await runAndWatch(executor, { ...watch, journal: record }));
    });
}
