/**
 * `executor scale`: the command that changes the number of workers of a run.
 *
 * @module
 */
import { busyWorkers, type RunState } from "../model/state.ts";
import { plural } from "../reporters/wording.ts";
import type { CommandSyntax } from "./argv.ts";
import type { AnyCommand } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import { type Answering, type Verb, verbCommand, verbSyntax } from "./verb.ts";

const VERB: Verb = {
  name: "scale",
  description: `Change the number of workers of a run.

More workers start at once, if there are ranges for them. Workers that are too
many end their ranges first. Without RUN, the only run that goes on is meant;
the beginning of its name is enough.`,
  argument: "count",
  examples: [["More", "$ executor scale amber-fox 16"], ["The only run", "$ executor scale 2"]],
  request: (word) => ({ request: "setWorkers", count: readCount(word) }),
  done: (state, word) => {
    const { numWorkers } = state;
    const isDone = numWorkers === Number(word);
    return `${plural(numWorkers, "worker")}${isDone ? "" : `: ${whyNotMore(state)}`}`;
  },
};

/** Says why a run has fewer workers than it was asked for. */
function whyNotMore(state: RunState): string {
  const { numWorkers, stopping, areRangesKnown, rangeTime, pending } = state;
  if (stopping !== undefined) return "it starts no more ranges";
  const hasAll = areRangesKnown && rangeTime === undefined;
  if (hasAll && busyWorkers(state) + pending <= numWorkers) return "it has no ranges for more";
  return "its GPUs, its processors or its launcher allow no more now";
}

function readCount(word: string): number {
  const count = /^\d{1,9}$/.test(word) ? Number(word) : 0;
  if (count > 0) return count;
  throw new UsageError(
    `the number of workers must be a positive integer: current value is "${word}"`,
  );
}

/** What may stand in the command line. */
export const SCALE_SYNTAX: CommandSyntax = verbSyntax(VERB);

/** Builds the command. */
export function scaleCommand(answering: Answering): AnyCommand {
  return verbCommand(VERB, answering);
}
