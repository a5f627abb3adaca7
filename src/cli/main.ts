/**
 * Entry of the command line: runs the command that the arguments name.
 *
 * @module
 */
import { writeAll } from "../base/write_all.ts";
import { errorMessage } from "../base/errors.ts";
import { isReadOnly } from "../base/proc.ts";
import { escapeHidden } from "../base/surrogate_escape.ts";
import {
  type CommandSyntax,
  isDashed,
  nearest,
  normalizeArgv,
  type ReadArgv,
  readArgv,
  unknownOption,
} from "./argv.ts";
import { exactArguments } from "./argv_bytes.ts";
import type { AnyCommand } from "./cliffy_options.ts";
import { run, RUN_SYNTAX } from "./run.ts";
import { printError } from "./stderr.ts";
import { toUsageError } from "./engine_errors.ts";
import { OutputError, UsageError } from "./errors.ts";
import { isHelpColored } from "./help.ts";
import type { HelpSubject } from "./help_page.ts";
import type { CommandEnd } from "./run_and_watch.ts";

type SetEnd = (end: CommandEnd) => void;

/** A command, and what may stand in its command line. */
interface Entry {
  readonly syntax: CommandSyntax;
  /** Runs the command without Cliffy. If it is left out, Cliffy runs it. */
  readonly run?: (argv: ReadArgv) => Promise<CommandEnd>;
  /** Returns it as a command of Cliffy, to be described or run. */
  readonly command: () => AnyCommand | Promise<AnyCommand>;
}

/** The commands. `run` loads nothing of the others, so that it starts fast. (Row start of bench/.) */
const COMMANDS: Readonly<Record<string, (end: SetEnd) => Promise<Entry>>> = {
  run: () =>
    Promise.resolve({
      syntax: RUN_SYNTAX,
      run: (argv) => run(argv, print),
      command: async () => (await import("./fast_commands.ts")).runCommand(),
    }),
  resume: async (end) => {
    const { resumeCommand, RESUME_SYNTAX } = await import("./resume.ts");
    return { syntax: RESUME_SYNTAX, command: () => resumeCommand(end, print) };
  },
  ls: async (end) => {
    const { lsCommand, LS_SYNTAX } = await import("./ls.ts");
    return { syntax: LS_SYNTAX, command: () => lsCommand({ print: printIfRead, end }) };
  },
  status: async (end) => {
    const { statusCommand, STATUS_SYNTAX } = await import("./status.ts");
    return { syntax: STATUS_SYNTAX, command: () => statusCommand({ print: printIfRead, end }) };
  },
  wait: async (end) => {
    const { waitCommand, WAIT_SYNTAX } = await import("./wait.ts");
    return { syntax: WAIT_SYNTAX, command: () => waitCommand({ print: printIfRead, end }) };
  },
  logs: async (end) => {
    const { logsCommand, LOGS_SYNTAX } = await import("./logs.ts");
    return { syntax: LOGS_SYNTAX, command: () => logsCommand({ print: printIfRead, end }) };
  },
  attach: async (end) => {
    const { attachCommand, ATTACH_SYNTAX } = await import("./attach.ts");
    return { syntax: ATTACH_SYNTAX, command: () => attachCommand({ print: printIfRead, end }) };
  },
  pause: async (end) => {
    const { pauseCommand, PAUSE_SYNTAX } = await import("./pause.ts");
    return { syntax: PAUSE_SYNTAX, command: () => pauseCommand({ print: printIfRead, end }) };
  },
  continue: async (end) => {
    const { continueCommand, CONTINUE_SYNTAX } = await import("./continue.ts");
    return { syntax: CONTINUE_SYNTAX, command: () => continueCommand({ print: printIfRead, end }) };
  },
  scale: async (end) => {
    const { scaleCommand, SCALE_SYNTAX } = await import("./scale.ts");
    return { syntax: SCALE_SYNTAX, command: () => scaleCommand({ print: printIfRead, end }) };
  },
  drain: async (end) => {
    const { drainCommand, DRAIN_SYNTAX } = await import("./drain.ts");
    return { syntax: DRAIN_SYNTAX, command: () => drainCommand({ print: printIfRead, end }) };
  },
  stop: async (end) => {
    const { stopCommand, STOP_SYNTAX } = await import("./stop.ts");
    return { syntax: STOP_SYNTAX, command: () => stopCommand({ print: printIfRead, end }) };
  },
  cancel: async (end) => {
    const { cancelCommand, CANCEL_SYNTAX } = await import("./cancel.ts");
    return { syntax: CANCEL_SYNTAX, command: () => cancelCommand({ print: printIfRead, end }) };
  },
  doctor: async (end) => {
    const { doctorCommand, DOCTOR_SYNTAX } = await import("./doctor.ts");
    return { syntax: DOCTOR_SYNTAX, command: () => doctorCommand(end) };
  },
  report: async () => {
    const { reportCommand, REPORT_SYNTAX } = await import("./report.ts");
    return { syntax: REPORT_SYNTAX, command: () => reportCommand() };
  },
  sdk: async () => {
    const { sdkCommand, SDK_SYNTAX } = await import("./sdk.ts");
    return { syntax: SDK_SYNTAX, command: () => sdkCommand({ print }) };
  },
  demo: async () => {
    const { demo, DEMO_SYNTAX } = await import("./demo.ts");
    return {
      syntax: DEMO_SYNTAX,
      run: demo,
      command: async () => (await import("./fast_commands.ts")).demoCommand(),
    };
  },
  man: async () => {
    const { manCommand, MAN_SYNTAX } = await import("./man.ts");
    return { syntax: MAN_SYNTAX, command: () => manCommand({ subjects, print }) };
  },
  completions: async () => {
    const { completionsCommand, COMPLETIONS_SYNTAX } = await import("./completions.ts");
    return { syntax: COMPLETIONS_SYNTAX, command: () => completionsCommand({ subjects, print }) };
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
/** Options that stand alone, in place of a command. */
const GLOBAL_OPTIONS = ["-h", "--help", "-V", "--version"];

/** Runs the command line, and returns how the process is to end. Prints errors of usage to stderr, a sentence each. */
export async function main(args: readonly string[]): Promise<CommandEnd> {
  let end: CommandEnd = { code: 0 };
  const setEnd: SetEnd = (value) => {
    end = value;
  };
  try {
    // Deno reports no error for what is written to it.
    if (isReadOnly(1)) throw new OutputError("it is open for reading only");
    await runWords(exactArguments(args), setEnd);
  } catch (error) {
    if (error instanceof OutputError) {
      await printError(`executor: ${error.place} cannot be written: ${error.message}\n`);
      return { code: 1 };
    }
    if (!(error instanceof UsageError)) throw error;
    const isOfCommand = Object.hasOwn(COMMANDS, args[0] ?? "");
    const help = [...(isOfCommand ? [args[0]] : []), "--help"].join(" ");
    await printError(`executor: ${escapeHidden(error.message)}\nTry \`executor ${help}\`.\n`);
    return { code: 2 };
  }
  return end;
}

/** Runs the command that the arguments name, or prints help if only that is asked for. */
async function runWords(args: readonly string[], setEnd: SetEnd): Promise<void> {
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
    return await runByCliffy([name]);
  }
  const { syntax, run, command } = await make(setEnd);
  const argv = readArgv(rest, syntax);
  if (argv.help !== undefined) {
    const { commandPage } = await import("./help_page.ts");
    const isAll = argv.help === "--help-all";
    const subject = { name, syntax, command: await command() };
    return await print(commandPage(subject, { isAll, isColored: isHelpColored() }));
  }
  try {
    if (run !== undefined) return setEnd(await run(argv));
    await runByCliffy([name, ...normalizeArgv(rest, syntax)], await command());
  } catch (error) {
    throw toUsageError(error, argv.options);
  }
}

async function runByCliffy(words: readonly string[], command?: AnyCommand): Promise<void> {
  const cliffy = await import("./cliffy_program.ts");
  await cliffy.runByCliffy({ words, command, print });
}

/** Loads all commands, to be described. */
async function subjects(): Promise<HelpSubject[]> {
  return await Promise.all(
    Object.entries(COMMANDS).map(async ([name, make]) => {
      const { syntax, command } = await make(() => {});
      return { name, syntax, command: await command() };
    }),
  );
}

/** Prints the help of the program. */
async function showProgram(): Promise<void> {
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
  await printIfRead(text);
}

/** Prints a text to stdout. Resolves to whether somebody still reads it. */
async function printIfRead(text: string): Promise<boolean> {
  try {
    await writeAll(Deno.stdout, new TextEncoder().encode(text));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    throw new OutputError(errorMessage(error));
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
