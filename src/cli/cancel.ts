/**
 * `executor cancel`: the command that cancels an item of a run.
 *
 * @module
 */
import { isRunning, isWaiting } from "../model/state.ts";
import type { RangeFailure, WorkerState } from "../model/types.ts";
import type { CommandSyntax } from "./argv.ts";
import type { AnyCommand } from "./cliffy_options.ts";
import { hasItem } from "./run_logs.ts";
import { type Answering, type Verb, verbCommand, verbSyntax } from "./verb.ts";

const VERB: Verb = {
  name: "cancel",
  description: `Cancel an item of a run.

It ends as FAILED, and is not tried again. If it is at work, its worker is asked
to end, and killed after the grace period; otherwise it ends when its turn
comes, without a process. The range that the item is in is cancelled as a whole.
An item that has ended stays as it is. In a job of numbers, the item is one.
An item that begins with - comes after --. Without RUN, the only run that goes
on is meant; the beginning of its name is enough.`,
  argument: "item",
  examples: [["A file", "$ executor cancel amber-fox big.wav"], [
    "A number",
    "$ executor cancel 12",
  ]],
  request: (item) => ({ request: "cancel", item }),
  done: (state, item) => {
    const isAt = ({ extraData }: WorkerState) => hasItem(extraData, item);
    if (state.workers.some((worker) => isRunning(worker) && isAt(worker))) {
      return `${item} is cancelled: its worker ends`;
    }
    if (state.workers.some((worker) => isWaiting(worker) && isAt(worker))) {
      return `${item} is cancelled`;
    }
    const isCancelled = ({ cause, ...range }: RangeFailure) =>
      cause.kind === "cancelled" && hasItem(range, item);
    if (state.failures.some(isCancelled)) return `${item} is cancelled`;
    return `no worker is at ${item}: if it is an item that has not ended, it is cancelled when its turn comes`;
  },
};

/** What may stand in the command line. */
export const CANCEL_SYNTAX: CommandSyntax = verbSyntax(VERB);

/** Builds the command. */
export function cancelCommand(answering: Answering): AnyCommand {
  return verbCommand(VERB, answering);
}
