/**
 * Program of Cliffy: runs a command whose words Cliffy reads.
 *
 * @module
 */
import { Command, ValidationError } from "@cliffy/command";
import type { AnyCommand } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import { describeVersions, VERSION } from "./version.ts";

/** What is to be run. */
export interface CliffyRun {
  /** The words of the command line, beginning with the name of the command. */
  readonly words: readonly string[];
  /** The command; undefined if the words are an option that stands alone. */
  readonly command?: AnyCommand;
  /** Prints text to stdout. */
  readonly print: (text: string) => Promise<void>;
}

/**
 * Runs a command.
 *
 * @throws {UsageError} If the words are no command line of it.
 */
export async function runByCliffy({ words, command, print }: CliffyRun): Promise<void> {
  const program = new Command()
    .name("executor")
    .version(VERSION)
    .versionOption("-V, --version", "Show the versions of executor, Deno and Cliffy.", async () => {
      await print(describeVersions());
    })
    .noExit();
  if (command !== undefined) program.command(words[0]!, command);
  try {
    await program.parse([...words]);
  } catch (error) {
    throw error instanceof ValidationError ? new UsageError(error.message) : error;
  }
}
