/**
 * The command line: argv in, how to end out.
 *
 * @module
 */
import { Command, ValidationError } from "@cliffy/command";
import { CompletionsCommand } from "@cliffy/command/completions";
import deno from "../../deno.json" with { type: "json" };
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { HELP } from "./help.ts";
import { reportCommand } from "./report.ts";
import { runCommand } from "./run.ts";
import { tell } from "./tell.ts";
import { UsageError } from "./usage_error.ts";
import type { CommandEnd } from "./watch.ts";

/** Runs the command line; says how the process is to end. Errors of usage are told on stderr, in a sentence. */
export async function main(args: readonly string[]): Promise<CommandEnd> {
  let end: CommandEnd = { code: 0 };
  const setEnd = (value: CommandEnd) => {
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
    })
    .command("run", runCommand(setEnd))
    .command("doctor", doctorCommand(setEnd))
    .command("report", reportCommand())
    .command("demo", demoCommand(setEnd))
    .command("completions", new CompletionsCommand());
  try {
    await program.parse([...args]);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof ValidationError)) throw error;
    const command = ["run", "doctor", "report"].find((name) => name === args[0]);
    const help = [...(command === undefined ? [] : [command]), "--help"].join(" ");
    await tell(`executor: ${error.message}\nTry \`executor ${help}\`.\n`);
    return { code: 2 };
  }
  return end;
}
