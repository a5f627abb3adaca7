/**
 * `executor continue`: the command that ends a pause.
 *
 * @module
 */
import type { CommandSyntax } from "./argv.ts";
import type { AnyCommand } from "./cliffy_options.ts";
import { type Answering, type Verb, verbCommand, verbSyntax } from "./verb.ts";

const VERB: Verb = {
  name: "continue",
  description: `End a pause.

Without RUN, the only run that goes on is meant; the beginning of its name is
enough.`,
  examples: [["One of several", "$ executor continue amber-fox"]],
  request: () => ({ request: "continue" }),
  done: ({ stopping }) =>
    stopping === undefined ? "goes on" : "starts no more ranges: it is ending",
};

/** What may stand in the command line. */
export const CONTINUE_SYNTAX: CommandSyntax = verbSyntax(VERB);

/** Builds the command. */
export function continueCommand(answering: Answering): AnyCommand {
  return verbCommand(VERB, answering);
}
