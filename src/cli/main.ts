/**
 * Entry of the command line: runs the command that the arguments name.
 *
 * @module
 */
import { Command, ValidationError } from "@cliffy/command";
import { writeAll } from "../base/bytes.ts";
import { errorMessage } from "../base/errors.ts";
import { escapeHidden } from "../base/surrogate_escape.ts";
import { type CommandSyntax, isDashed, nearest, normalizeArgv, unknownOption } from "./argv.ts";
import { exactArguments } from "./argv_bytes.ts";
import type { AnyCommand } from "./cliffy_options.ts";
import { RUN_SYNTAX, runCommand } from "./run.ts";
import { printError } from "./stderr.ts";
import { StdoutError, UsageError } from "./errors.ts";
import { isHelpColored } from "./help.ts";
import type { HelpSubject } from "./help_page.ts";
import type { CommandEnd } from "./run_and_watch.ts";
import { describeVersions, VERSION } from "./version.ts";

type SetEnd = (end: CommandEnd) => void;

/** A command, and what may stand in its command line. */
interface Entry {
  readonly command: AnyCommand;
  readonly syntax: CommandSyntax;
}

/** The commands. `run` loads nothing of the others, so that it starts fast: `deno task bench start`. */
const COMMANDS: Readonly<Record<string, (end: SetEnd) => Promise<Entry>>> = {
  run: (end) => Promise.resolve({ command: runCommand(end, print), syntax: RUN_SYNTAX }),
  resume: async (end) => {
    const { resumeCommand, RESUME_SYNTAX } = await import("./resume.ts");
    return { command: resumeCommand(end, print), syntax: RESUME_SYNTAX };
  },
  ls: async (end) => {
    const { lsCommand, LS_SYNTAX } = await import("./ls.ts");
    return { command: lsCommand({ print, end }), syntax: LS_SYNTAX };
  },
  status: async (end) => {
    const { statusCommand, STATUS_SYNTAX } = await import("./status.ts");
    return { command: statusCommand({ print, end }), syntax: STATUS_SYNTAX };
  },
  wait: async (end) => {
    const { waitCommand, WAIT_SYNTAX } = await import("./wait.ts");
    return { command: waitCommand({ print, end }), syntax: WAIT_SYNTAX };
  },
  logs: async (end) => {
    const { logsCommand, LOGS_SYNTAX } = await import("./logs.ts");
    return { command: logsCommand({ print, end }), syntax: LOGS_SYNTAX };
  },
  attach: async (end) => {
    const { attachCommand, ATTACH_SYNTAX } = await import("./attach.ts");
    return { command: attachCommand({ print, end }), syntax: ATTACH_SYNTAX };
  },
  pause: async (end) => {
    const { pauseCommand, PAUSE_SYNTAX } = await import("./pause.ts");
    return { command: pauseCommand({ print, end }), syntax: PAUSE_SYNTAX };
  },
  continue: async (end) => {
    const { continueCommand, CONTINUE_SYNTAX } = await import("./continue.ts");
    return { command: continueCommand({ print, end }), syntax: CONTINUE_SYNTAX };
  },
  scale: async (end) => {
    const { scaleCommand, SCALE_SYNTAX } = await import("./scale.ts");
    return { command: scaleCommand({ print, end }), syntax: SCALE_SYNTAX };
  },
  drain: async (end) => {
    const { drainCommand, DRAIN_SYNTAX } = await import("./drain.ts");
    return { command: drainCommand({ print, end }), syntax: DRAIN_SYNTAX };
  },
  stop: async (end) => {
    const { stopCommand, STOP_SYNTAX } = await import("./stop.ts");
    return { command: stopCommand({ print, end }), syntax: STOP_SYNTAX };
  },
  cancel: async (end) => {
    const { cancelCommand, CANCEL_SYNTAX } = await import("./cancel.ts");
    return { command: cancelCommand({ print, end }), syntax: CANCEL_SYNTAX };
  },
  doctor: async (end) => {
    const { doctorCommand, DOCTOR_SYNTAX } = await import("./doctor.ts");
    return { command: doctorCommand(end), syntax: DOCTOR_SYNTAX };
  },
  report: async () => {
    const { reportCommand, REPORT_SYNTAX } = await import("./report.ts");
    return { command: reportCommand(), syntax: REPORT_SYNTAX };
  },
  sdk: async () => {
    const { sdkCommand, SDK_SYNTAX } = await import("./sdk.ts");
    return { command: sdkCommand({ print }), syntax: SDK_SYNTAX };
  },
  demo: async (end) => {
    const { demoCommand, DEMO_SYNTAX } = await import("./demo.ts");
    return { command: demoCommand(end), syntax: DEMO_SYNTAX };
  },
  man: async () => {
    const { manCommand, MAN_SYNTAX } = await import("./man.ts");
    return { command: manCommand({ subjects, print }), syntax: MAN_SYNTAX };
  },
  completions: async () => {
    const { completionsCommand, COMPLETIONS_SYNTAX } = await import("./completions.ts");
    return { command: completionsCommand({ subjects, print }), syntax: COMPLETIONS_SYNTAX };
  },
};
/** The rows of commands in the help of the program, which fits a small screen. Those without a text have that of the command. */
const HELP_ROWS: readonly (readonly [names: string, text?: string])[] = [
  ["run"],
  ["resume"],
  ["ls, status, logs, attach", "List runs, or watch one that goes on elsewhere."],
  ["wait", "Wait until a run is over, fails or stalls."],
  ["pause, continue, scale", "Hold a run back, or change its workers."],
  ["drain, stop, cancel", "End a run, or one item of it."],
  ["doctor"],
  ["report"],
  ["demo, man, sdk, completions", "A job to watch; files for people and programs."],
];
/** The names of all commands. */
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);
/** What {@linkcode normalizeArgv} returns if help is asked for. */
const HELP_FLAGS = ["--help", "--help-all"];
/** Options that stand alone, in place of a command. */
const GLOBAL_OPTIONS = ["-h", "--help", "-V", "--version"];

/** Runs the command line, and returns how the process is to end. Prints errors of usage to stderr, a sentence each. */
export async function main(args: readonly string[]): Promise<CommandEnd> {
  let end: CommandEnd = { code: 0 };
  const setEnd: SetEnd = (value) => {
    end = value;
  };
  const program = new Command()
    .name("executor")
    .version(VERSION)
    .versionOption("-V, --version", "Show the versions of executor, Deno and Cliffy.", async () => {
      await print(describeVersions());
    })
    .noExit();
  try {
    const words = await addCommands(program, { args: exactArguments(args), setEnd });
    if (words !== undefined) await program.parse(words);
  } catch (error) {
    if (error instanceof StdoutError) {
      await printError(`executor: stdout cannot be written: ${error.message}\n`);
      return { code: 1 };
    }
    if (!(error instanceof UsageError) && !(error instanceof ValidationError)) throw error;
    const isOfCommand = Object.hasOwn(COMMANDS, args[0] ?? "");
    const help = [...(isOfCommand ? [args[0]] : []), "--help"].join(" ");
    await printError(`executor: ${escapeHidden(error.message)}\nTry \`executor ${help}\`.\n`);
    return { code: 2 };
  }
  return end;
}

/**
 * Gives the program the command that the arguments name. Returns the arguments in the form that Cliffy reads, or undefined if
 * all is done, as only help was asked for.
 */
async function addCommands(
  program: AnyCommand,
  { args, setEnd }: { args: readonly string[]; setEnd: SetEnd },
): Promise<string[] | undefined> {
  // `executor help run` is `executor run --help`.
  const [name, ...rest] = args[0] === "help" ? [...args.slice(1, 2), "--help"] : args;
  if (name === undefined || name === "-h" || name === "--help") {
    checkFirst("--help", rest);
    if (name === undefined) setEnd({ code: 2 });
    return await showProgram();
  }
  const make = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (make === undefined) {
    checkFirst(name, rest);
    return [name];
  }
  const { command, syntax } = await make(setEnd);
  program.command(name, command);
  const words = normalizeArgv(rest, syntax);
  const [first = ""] = words;
  if (!HELP_FLAGS.includes(first)) return [name, ...words];
  const { commandPage } = await import("./help_page.ts");
  const isAll = first === "--help-all";
  await print(commandPage({ name, command, syntax }, { isAll, isColored: isHelpColored() }));
  return undefined;
}

/** Loads all commands, to be described. */
async function subjects(): Promise<HelpSubject[]> {
  const entries = Object.entries(COMMANDS);
  return await Promise.all(
    entries.map(async ([name, make]) => ({ name, ...await make(() => {}) })),
  );
}

/** Prints the help of the program. */
async function showProgram(): Promise<undefined> {
  const { programPage } = await import("./help_page.ts");
  const all = new Map((await subjects()).map(({ name, command }) => [name, command]));
  await print(programPage({
    description: "Runs one big job as many worker processes, and retries what fails.",
    commands: HELP_ROWS.map(([names, text]) => [
      names,
      text ?? all.get(names)!.getShortDescription(),
    ]),
    options: [["-h, --help", "Show this help."], ["-V, --version", "Show the version."]],
    examples: ["executor run -- gzip -k ::: *.log"],
    more: "`executor run --help` shows the options of a run, `executor man` the manual.",
  }, { isColored: isHelpColored() }));
}

/** Prints text to stdout. A reader that is gone is no error. */
async function print(text: string): Promise<void> {
  try {
    await writeAll(Deno.stdout, new TextEncoder().encode(text));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw new StdoutError(errorMessage(error));
  }
}

/** Checks a command line that names none of the commands: it may have one global option. */
function checkFirst(name: string, [next]: readonly string[]): void {
  if (GLOBAL_OPTIONS.includes(name)) {
    if (next === undefined) return;
    throw new UsageError(`${name} must stand alone: leave out "${next}"`);
  }
  if (isDashed(name)) {
    const option = name.replace(/=.*/s, "");
    if (GLOBAL_OPTIONS.includes(option)) {
      throw new UsageError(`${option} has no value: write it alone`);
    }
    if (nearest(option, GLOBAL_OPTIONS) !== undefined) throw unknownOption(option, GLOBAL_OPTIONS);
    throw new UsageError(
      `there is no option ${option} before a command: options of a run come after "run", as in executor run -n 10 -- echo {start}`,
    );
  }
  const commands = Object.keys(COMMANDS);
  const near = nearest(name, commands);
  const suggestion = near === undefined
    ? `use ${commands.join(", ")}; a program comes after --, as in executor run -- gzip ::: a b`
    : `did you mean "${near}"?`;
  throw new UsageError(`there is no command "${name}": ${suggestion}`);
}
