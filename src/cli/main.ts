/**
 * Entry of the command line: runs the command that the arguments name.
 *
 * @module
 */
import { Command, ValidationError } from "@cliffy/command";
import { writeAll } from "../base/bytes.ts";
import deno from "../../deno.json" with { type: "json" };
import { type AnyCommand, refuseOpenOptions } from "./cliffy_options.ts";
import { HELP } from "./help.ts";
import { runCommand } from "./run.ts";
import { printError } from "./stderr.ts";
import { UsageError } from "./errors.ts";
import type { CommandEnd } from "./run_and_watch.ts";

type SetEnd = (end: CommandEnd) => void;

/** The commands. `run` loads nothing of the others, so that it starts fast: `deno task bench start`. */
const COMMANDS: Readonly<Record<string, (end: SetEnd) => Promise<AnyCommand>>> = {
  run: (end) => Promise.resolve(runCommand(end)),
  doctor: async (end) => (await import("./doctor.ts")).doctorCommand(end),
  report: async () => (await import("./report.ts")).reportCommand(),
  demo: async (end) => (await import("./demo.ts")).demoCommand(end),
};
/** The commands whose help an error sentence points to. */
const EXPLAINED = ["run", "doctor", "report"];

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
  // Help and completions need all of them.
  const isOne = EXPLAINED.includes(args[0] ?? "");
  for (const [name, make] of Object.entries(COMMANDS)) {
    if (!isOne || name === args[0]) program.command(name, await make(setEnd));
  }
  if (!isOne) {
    const { CompletionsCommand } = await import("@cliffy/command/completions");
    program.command("completions", new CompletionsCommand());
  }
  try {
    refuseOpenOptions(args);
    await program.parse([...args]);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof ValidationError)) throw error;
    const command = EXPLAINED.find((name) => name === args[0]);
    const help = [...(command === undefined ? [] : [command]), "--help"].join(" ");
    await printError(`executor: ${error.message}\nTry \`executor ${help}\`.\n`);
    return { code: 2 };
  }
  return end;
}
