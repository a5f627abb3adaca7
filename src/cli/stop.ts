/**
 * `executor stop`: the command that ends a run as Ctrl-C does.
 *
 * @module
 */
import type { CommandSyntax } from "./argv.ts";
import type { AnyCommand } from "./cliffy_options.ts";
import { type Answering, type Verb, verbCommand, verbSyntax } from "./verb.ts";

const VERB: Verb = {
  name: "stop",
  description: `Stop a run, as SIGTERM and Ctrl-C do.

Its workers are asked to end, and are killed after the grace period. A second
stop kills them at once. The exit code of the run is 143. executor resume goes
on with what is not done. Without RUN, the only run that goes on is meant; the
beginning of its name is enough.`,
  examples: [["One of several", "$ executor stop amber-fox"]],
  request: () => ({ request: "stop" }),
  done: () => "stops",
};

/** What may stand in the command line. */
export const STOP_SYNTAX: CommandSyntax = verbSyntax(VERB);

/** Builds the command. */
export function stopCommand(answering: Answering): AnyCommand {
  return verbCommand(VERB, answering);
}
