/**
 * Entry of the command line: runs the command that the arguments name.
 *
 * @module
 */
import { Command, ValidationError } from "@cliffy/command";
import { writeAll } from "../base/bytes.ts";
import { escapeHidden } from "../base/surrogate_escape.ts";
import deno from "../../deno.json" with { type: "json" };
import { type CommandSyntax, isDashed, nearest, normalizeArgv, unknownOption } from "./argv.ts";
import { exactArguments } from "./argv_bytes.ts";
import type { AnyCommand } from "./cliffy_options.ts";
import { HELP } from "./help.ts";
import { RUN_SYNTAX, runCommand } from "./run.ts";
import { printError } from "./stderr.ts";
import { UsageError } from "./errors.ts";
import type { CommandEnd } from "./run_and_watch.ts";

type SetEnd = (end: CommandEnd) => void;

/** A command, and what may stand in its command line. */
interface Entry {
  readonly command: AnyCommand;
  readonly syntax: CommandSyntax;
}

/** The commands. `run` loads nothing of the others, so that it starts fast: `deno task bench start`. */
const COMMANDS: Readonly<Record<string, (end: SetEnd) => Promise<Entry>>> = {
  run: (end) => Promise.resolve({ command: runCommand(end), syntax: RUN_SYNTAX }),
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
    return { command: sdkCommand(), syntax: SDK_SYNTAX };
  },
  demo: async (end) => {
    const { demoCommand, DEMO_SYNTAX } = await import("./demo.ts");
    return { command: demoCommand(end), syntax: DEMO_SYNTAX };
  },
};
/** The command that Cliffy brings. */
const COMPLETIONS = "completions";
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
    .version(deno.version)
    .versionOption("-V, --version", "Show the version number.", async () => {
      await writeAll(Deno.stdout, new TextEncoder().encode(`executor ${deno.version}\n`));
    })
    .description("Runs one big job as many worker processes, and retries what fails.")
    .help(HELP)
    .noExit()
    .action(() => {
      program.showHelp();
      setEnd({ code: 2 });
    });
  try {
    const words = await addCommands(program, { args: exactArguments(args), setEnd });
    await program.parse(words);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof ValidationError)) throw error;
    const isOfCommand = Object.hasOwn(COMMANDS, args[0] ?? "");
    const help = [...(isOfCommand ? [args[0]] : []), "--help"].join(" ");
    await printError(`executor: ${escapeHidden(error.message)}\nTry \`executor ${help}\`.\n`);
    return { code: 2 };
  }
  return end;
}

/** Gives the program the commands that the arguments need. Returns the arguments in the form that Cliffy reads. */
async function addCommands(
  program: AnyCommand,
  { args: [name, ...args], setEnd }: { args: readonly string[]; setEnd: SetEnd },
): Promise<string[]> {
  if (name === undefined) return await addAll(program, setEnd);
  const make = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (make !== undefined) {
    const { command, syntax } = await make(setEnd);
    program.command(name, command);
    return [name, ...normalizeArgv(args, syntax)];
  }
  const words = await addAll(program, setEnd);
  if (name !== COMPLETIONS) checkFirst(name, args);
  return [...words, name, ...args];
}

/** Adds all commands: help and completions need them. Returns no words. */
async function addAll(program: AnyCommand, setEnd: SetEnd): Promise<string[]> {
  for (const [other, make] of Object.entries(COMMANDS)) {
    program.command(other, (await make(setEnd)).command);
  }
  const { CompletionsCommand } = await import("@cliffy/command/completions");
  program.command(COMPLETIONS, new CompletionsCommand());
  return [];
}

/** Checks a command line that names none of the commands: it may have one global option. */
function checkFirst(name: string, [next]: readonly string[]): void {
  if (GLOBAL_OPTIONS.includes(name)) {
    if (next === undefined) return;
    throw new UsageError(`${name} must stand alone: leave out "${next}"`);
  }
  if (isDashed(name)) throw unknownOption(name.replace(/=.*/s, ""), GLOBAL_OPTIONS);
  const commands = [...Object.keys(COMMANDS), COMPLETIONS];
  const near = nearest(name, commands);
  const suggestion = near === undefined ? `use ${commands.join(", ")}` : `did you mean "${near}"?`;
  throw new UsageError(`Unknown command "${name}": ${suggestion}`);
}
