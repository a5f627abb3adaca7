/**
 * `executor drain`: the command that lets a run end with what it has begun.
 *
 * @module
 */
import { busyWorkers } from "../model/state.ts";
import { plural } from "../reporters/wording.ts";
import type { CommandSyntax } from "./argv.ts";
import type { AnyCommand } from "./cliffy_options.ts";
import { type Answering, type Verb, verbCommand, verbSyntax } from "./verb.ts";

const VERB: Verb = {
  name: "drain",
  description: `Start no more ranges, and end when the running ones have ended.

What was not begun is not done: executor resume goes on with it. Without RUN,
the only run that goes on is meant; the beginning of its name is enough.`,
  examples: [["One of several", "$ executor drain amber-fox"]],
  request: () => ({ request: "drain" }),
  done: (state) => `starts no more ranges; ${plural(busyWorkers(state), "range")} running`,
};

/** What may stand in the command line. */
export const DRAIN_SYNTAX: CommandSyntax = verbSyntax(VERB);

/** Builds the command. */
export function drainCommand(answering: Answering): AnyCommand {
  return verbCommand(VERB, answering);
}
