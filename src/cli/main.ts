/**
 * The command line: argv in, how to end out.
 *
 * @module
 */
import { Command, ValidationError } from "@cliffy/command";
import deno from "../../deno.json" with { type: "json" };
import { HELP } from "./help.ts";
import { runCommand } from "./run.ts";
import { printError } from "./stderr.ts";
import { UsageError } from "./errors.ts";
import type { CommandEnd } from "./run_and_watch.ts";

type SetEnd = (end: CommandEnd) => void;

/** What makes each command; what only the others need is not loaded for `run`. (Row start of bench/.) */
// deno-lint-ignore no-explicit-any -- Cliffy's types spell every option out
const COMMANDS: Readonly<Record<string, (end: SetEnd) => Promise<Command<any>>>> = {
  run: (end) => Promise.resolve(runCommand(end)),
  doctor: async (end) => (await import("./doctor.ts")).doctorCommand(end),
  report: async () => (await import("./report.ts")).reportCommand(),
  demo: async (end) => (await import("./demo.ts")).demoCommand(end),
};
/** Those whose help a mistake points to. */
const EXPLAINED = ["run", "doctor", "report"];

/** Runs the command line; says how the process is to end. Errors of usage are told on stderr, in a sentence. */
export async function main(args: readonly string[]): Promise<CommandEnd> {
  let end: CommandEnd = { code: 0 };
  const setEnd: SetEnd = (value) => {
    end = value;
  };
  const program = new Command()
    .name("executor")
    .version(deno.version)
    .versionOption("-V, --version", "Show the version number.", async () => {
      await Deno.stdout.write(new TextEncoder().encode(`executor ${deno.version}\n`));
    })
    .description("Runs one big job as many worker processes, and sees it through.")
    .help(HELP)
    .noExit()
    .action(() => {
      program.showHelp();
      setEnd({ code: 2 });
    });
  // Help names all of them, and so do completions.
  const isOne = EXPLAINED.includes(args[0] ?? "");
  for (const [name, make] of Object.entries(COMMANDS)) {
    if (!isOne || name === args[0]) program.command(name, await make(setEnd));
  }
  if (!isOne) {
    const { CompletionsCommand } = await import("@cliffy/command/completions");
    program.command("completions", new CompletionsCommand());
  }
  try {
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
