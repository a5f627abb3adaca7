/**
 * Table of the options of `executor run`: those of a job, and those that only the command has.
 *
 * @module
 */
import { DEFAULT_LEASE_MS, LEASE } from "../launchers/lease.ts";
import { REMOTE_DENO } from "../launchers/pilot/remote_deno.ts";
import { CONFIG_OPTIONS } from "../model/config_options.ts";
import type { Checked, Options } from "../model/option.ts";
import { boolean, choice, duration, integer, listOf, path, text } from "../model/value_types.ts";
import { notifyTime, runName, serveAddress, shellLine, tagText } from "./command_types.ts";
import { workerCount } from "./worker_count.ts";

/** The options of `run` that are not fields of a config. */
const COMMAND_OPTIONS = {
  // The command takes the paths of files.
  items: {
    ...CONFIG_OPTIONS.items,
    flag: "-a, --items <file>",
    type: listOf(path()),
    isRepeatable: true,
  },
  stdin: {
    ...CONFIG_OPTIONS.stdin,
    type: boolean(),
    default: false,
    defaultText: undefined,
  },
  creates: { ...CONFIG_OPTIONS.creates, type: text() },
  memoryFree: {
    ...CONFIG_OPTIONS.memoryFree,
    needs: [{ field: "launcher", oneOf: ["local"] }],
  },
  load: {
    ...CONFIG_OPTIONS.load,
    needs: [{ field: "launcher", oneOf: ["local"] }],
  },
  // The GPUs and the processors are those of this machine.
  gpus: {
    ...CONFIG_OPTIONS.gpus,
    needs: [{ field: "launcher", oneOf: ["local"] }],
  },
  cpus: {
    ...CONFIG_OPTIONS.cpus,
    needs: [{ field: "launcher", oneOf: ["local"] }],
  },
  numWorkers: {
    ...CONFIG_OPTIONS.numWorkers,
    aliases: ["-j", "--jobs"],
    type: workerCount(),
    help: "Workers at once: 8, 50%, +1",
    details: "50% and +1 are relative to the CPUs, or to the room that the launcher has",
  },
  maxRetries: {
    ...CONFIG_OPTIONS.maxRetries,
    withoutValue:
      "give the number of retries, as in -r 3; for an empty list, as with -r of xargs, use --no-run-if-empty",
  },
  chunkSize: {
    ...CONFIG_OPTIONS.chunkSize,
    defaultText: "auto",
    details:
      "For a list, only a time is allowed. From TypeScript, the default is one range per worker",
  },
  perProcess: {
    flag: "--per-process <n>",
    type: integer(1),
    defaultText: "1",
    group: "Items",
    help: "Most items of a list per process",
  },
  null: {
    flag: "-0, --null",
    type: boolean(),
    default: false,
    group: "Items",
    help: "Items end in a NUL, as find -print0 prints them",
  },
  keepBlank: {
    flag: "--keep-blank",
    type: boolean(),
    default: false,
    group: "Items",
    help: "Take blank lines of a list as items",
  },
  replaceString: {
    flag: "-I, --replace <text>",
    type: text(),
    defaultText: "{}",
    group: "Items",
    help: "Text that stands for the item",
    withoutValue: "give the text, as in -I @@; {} stands for the item without it",
  },
  colsep: {
    flag: "--colsep <regex>",
    type: text(),
    group: "Items",
    help: "Separator of columns: {1}, {2}",
  },
  csv: {
    flag: "--csv",
    type: boolean(),
    default: false,
    group: "Items",
    help: "Items are records of CSV: {1}, {2}",
  },
  header: {
    flag: "--header",
    type: boolean(),
    default: false,
    group: "Items",
    help: "The first line names the columns: {name}",
    // GNU parallel writes `--header :`.
    idleValue: ":",
  },
  link: {
    flag: "--link",
    type: boolean(),
    default: false,
    group: "Items",
    help: "Take several lists side by side",
    details: "By default, all combinations are run",
  },
  output: {
    flag: "--output <mode>",
    type: choice("ordered", "live", "none"),
    default: "none",
    group: "Output",
    help: "Pass on what workers print",
    isDaily: true,
  },
  keepOrder: {
    flag: "-k, --keep-order",
    type: boolean(),
    default: false,
    group: "Output",
    help: "The same as --output ordered",
    isDaily: true,
  },
  tag: {
    flag: "--tag [text]",
    type: tagText(),
    group: "Output",
    help: "Begin each line of output with its item",
    details: "A text may have placeholders: '{item.base}'",
  },
  reporter: {
    flag: "--reporter <name>",
    type: choice("auto", "grid", "plain", "summary", "jsonl", "quiet"),
    default: "auto",
    group: "Watching",
    help: "How progress is shown",
    isDaily: true,
  },
  name: {
    flag: "--name <name>",
    type: runName(),
    defaultText: "two words",
    group: "Watching",
    help: "Name of the run, for executor status and others",
  },
  detach: {
    flag: "--detach",
    type: boolean(),
    default: false,
    group: "Watching",
    help: "Run in the background, and print the name of the run",
    isDaily: true,
  },
  title: {
    flag: "--title <text>",
    type: text(),
    defaultText: "the command",
    group: "Watching",
    help: "Title of the run",
  },
  serve: {
    flag: "--serve [port]",
    type: serveAddress(),
    group: "Watching",
    help: "Show the page live, at [host:]port",
  },
  tokenFile: {
    flag: "--token-file <file>",
    type: path(),
    defaultText: "a random token",
    group: "Watching",
    help: "File with the token of the live page",
    needs: [{ field: "serve" }],
  },
  showLog: {
    flag: "--show-log",
    type: boolean(),
    default: false,
    group: "Watching",
    help: "Print each line of the workers as it comes",
    details: "On stderr, or above the grid",
  },
  color: {
    flag: "--color <when>",
    type: choice("auto", "always", "never"),
    default: "auto",
    group: "Watching",
    help: "Use of colour",
  },
  onEnd: {
    flag: "--on-end <command>",
    type: shellLine(),
    group: "Watching",
    help: "Shell command for the end of the run",
    details: "Its stdin has the summary, as JSON",
    withoutValue: "give a command line for a shell, in quotes, as in --on-end 'mail -s done me'",
  },
  onFailure: {
    flag: "--on-failure <command>",
    type: shellLine(),
    group: "Watching",
    help: "Shell command for each range that failed for good",
    details: "Its stdin has the failure, as JSON",
    withoutValue:
      "give a command line for a shell, in quotes, as in --on-failure 'tee -a failed.jsonl'",
  },
  hookTimeout: {
    flag: "--hook-timeout <time>",
    type: duration(),
    default: 30_000,
    group: "Watching",
    help: "Time that --on-end and --on-failure have",
  },
  notify: {
    flag: "--notify [time]",
    type: notifyTime(),
    group: "Watching",
    help: "Notify the desktop after a run of over a minute",
    details: "Or ring the bell of the terminal. A time stands in for the minute",
  },
  journal: {
    flag: "--journal <file>",
    type: path(),
    group: "Record",
    help: "File to record the run in",
    isDaily: true,
  },
  resume: {
    flag: "--resume",
    type: boolean(),
    default: false,
    group: "Record",
    help: "Skip what the journal records as done",
    isDaily: true,
    needs: [{ field: "journal" }],
  },
  keepsRecord: {
    flag: "--no-journal",
    type: boolean(),
    default: true,
    group: "Record",
    help: "Keep no record of failures in the home folder",
  },
  joblog: {
    flag: "--joblog <file>",
    type: path(),
    group: "Record",
    help: "File for a line per job, as GNU parallel has it",
  },
  report: {
    flag: "--report <file>",
    type: path(),
    group: "Record",
    help: "File for a report of the run, an HTML page",
    isDaily: true,
  },
  events: {
    flag: "--events <file>",
    type: path(),
    group: "Record",
    help: "File for the events, as JSON lines",
  },
  dryRun: {
    flag: "--dry-run",
    type: boolean(),
    default: false,
    group: "Workers",
    help: "Print the commands, and run nothing",
    isDaily: true,
  },
  launcher: {
    flag: "--launcher <name>",
    type: choice("local", "slurm", "ssh"),
    default: "local",
    group: "Elsewhere",
    help: "Where workers run",
    isDaily: true,
  },
  hosts: {
    flag: "--hosts <hosts>",
    type: text(),
    group: "Elsewhere",
    help: "Hosts for ssh, with workers: n1:8,n2:8",
    details: "With @FILE, they are read from a file, again when it changes",
    isDaily: true,
    needs: [{ field: "launcher", oneOf: ["ssh"] }],
  },
  sshConfig: {
    flag: "--ssh-config <file>",
    type: path(),
    defaultText: "~/.ssh/config",
    group: "Elsewhere",
    help: "Configuration of ssh",
    needs: [{ field: "launcher", oneOf: ["ssh"] }],
  },
  slurmQueue: {
    flag: "--slurm-queue",
    type: boolean(),
    default: false,
    group: "Elsewhere",
    help: "Queue each worker as a Slurm job of its own",
    needs: [{ field: "launcher", oneOf: ["slurm"] }],
  },
  launcherArg: {
    flag: "--launcher-arg <arg>",
    type: listOf(text()),
    group: "Elsewhere",
    help: "One more argument for srun or ssh",
    isRepeatable: true,
    needs: [{ field: "launcher", oneOf: ["slurm", "ssh"] }],
  },
  lease: {
    flag: "--lease <time>",
    type: LEASE,
    default: DEFAULT_LEASE_MS,
    group: "Elsewhere",
    help: "Time without contact until a node counts as lost",
    needs: [{ field: "launcher", oneOf: ["slurm", "ssh"] }],
  },
  remoteDeno: {
    flag: "--remote-deno <path>",
    type: REMOTE_DENO,
    defaultText: "deno, or the path of this one",
    group: "Elsewhere",
    help: "Deno on the nodes, which runs the pilots",
    details: "With none, each worker is a step or a session of its own",
    needs: [{ field: "launcher", oneOf: ["slurm", "ssh"] }],
  },
} satisfies Options;

/** The options of `run`. */
export const RUN_OPTIONS = { ...CONFIG_OPTIONS, ...COMMAND_OPTIONS };

/** The values of the options of `run`. */
export type RunValues = Checked<typeof RUN_OPTIONS>;
