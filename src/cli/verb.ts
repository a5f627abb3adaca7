/**
 * Commands that tell a run what to do: what they have in common.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import type { RequestBody } from "../reporters/control/messages.ts";
import { ControlError, RunConnection } from "../reporters/control/run_connection.ts";
import type { RunState } from "../model/state.ts";
import { sanitize } from "../terminal/sanitize.ts";
import type { CommandSyntax } from "./argv.ts";
import { type AnyCommand, withOptions } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import { findLiveRun } from "./find_run.ts";
import type { CommandEnd } from "./run_and_watch.ts";
import { printError } from "./stderr.ts";

/** How commands that talk to runs answer. */
export interface Answering {
  /** Prints a text to stdout. Resolves to whether somebody still reads it. */
  readonly print: (text: string) => Promise<boolean>;
  /** Receives how the program is to end. */
  readonly end: (end: CommandEnd) => void;
}

/** A command that tells a run what to do. */
export interface Verb {
  /** The name of the command. */
  readonly name: string;
  readonly description: string;
  /** The word after the name of the run, if there is one, as in `count`. */
  readonly argument?: string;
  readonly examples: readonly (readonly [title: string, line: string])[];
  /** Returns the request for that word. */
  readonly request: (word: string) => RequestBody;
  /** Says what was done; `state` is that after the request. */
  readonly done: (state: RunState, word: string) => string;
}

/** Returns what may stand in the command line of a verb. */
export function verbSyntax({ name, argument, examples }: Verb): CommandSyntax {
  const example = examples[0]![1].replace(/^\$ /, "");
  const most = argument === undefined ? 1 : 2;
  return {
    options: {},
    checkWords: (words) => {
      checkWords(words, { most, example });
      if (argument === undefined || words.length > 0) return;
      throw new UsageError(`executor ${name} needs the ${argument}, as in ${example}`);
    },
    hasCommand: false,
    hasDashedWords: argument !== undefined,
  };
}

/** Makes the check that there are at most so many words, none of them empty. */
export function checkWords(
  words: readonly string[],
  { most, example }: { most: number; example: string },
): void {
  if (words.includes("")) {
    throw new UsageError(`there is an empty word: leave it out, as in ${example}`);
  }
  const extra = words[most];
  if (extra !== undefined) {
    throw new UsageError(`"${extra}" is one word too many: leave it out, as in ${example}`);
  }
}

/** Builds the command of a verb. */
export function verbCommand(verb: Verb, answering: Answering): AnyCommand {
  const { description, argument, examples } = verb;
  const command: AnyCommand = new Command().description(description)
    .arguments(argument === undefined ? "[run:string]" : `[run:string] [${argument}:string]`);
  for (const [title, line] of examples) command.example(title, line);
  return withOptions(command, {
    options: {},
    action: async (_values, given) => {
      // The last word is the argument: the run may be left out.
      const word = argument === undefined ? "" : given.at(-1)!;
      const name = argument === undefined ? given[0] : given.length > 1 ? given[0] : undefined;
      const request = verb.request(word);
      await answer(answering, async () => {
        const run = await findLiveRun(name);
        await using connection = await RunConnection.open(run.socket);
        const { state } = await connection.request({ ...request, withState: true });
        await answering.print(`${sanitize(`${run.name}: ${verb.done(state!, word)}`)}\n`);
      });
    },
  });
}

/** Calls a function. A run that cannot be reached, or refuses, ends the program with code 1 and a sentence. */
export async function answer({ end }: Answering, call: () => Promise<void>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    await printError(`executor: ${error.message}\n`);
    end({ code: 1 });
  }
}
