/**
 * `executor pause`: the command that keeps a run from starting more ranges for a while.
 *
 * @module
 */
import { busyWorkers } from "../model/state.ts";
import { plural } from "../reporters/wording.ts";
import type { CommandSyntax } from "./argv.ts";
import type { AnyCommand } from "./cliffy_options.ts";
import { type Answering, type Verb, verbCommand, verbSyntax } from "./verb.ts";

const VERB: Verb = {
  name: "pause",
  description: `Start no more ranges for now.

What runs goes on. The run goes on with executor continue. Without RUN, the
only run that goes on is meant; the beginning of its name is enough.`,
  examples: [["One of several", "$ executor pause amber-fox"]],
  request: () => ({ request: "pause" }),
  done: (state) => `is paused; ${plural(busyWorkers(state), "range")} running`,
};

/** What may stand in the command line. */
export const PAUSE_SYNTAX: CommandSyntax = verbSyntax(VERB);

/** Builds the command. */
export function pauseCommand(answering: Answering): AnyCommand {
  return verbCommand(VERB, answering);
}
