/**
 * `executor wait`: the command that waits until something is true of a run.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { awakeClock, every, systemClock } from "../base/clock.ts";
import { type LiveRun, liveRuns } from "../reporters/control/registration.ts";
import { ControlError, RunConnection } from "../reporters/control/run_connection.ts";
import type { Options } from "../model/option.ts";
import type { RunState } from "../model/state.ts";
import { currentItems } from "../model/state.ts";
import { countFailed } from "../model/statuses.ts";
import { duration, text } from "../model/value_types.ts";
import { plural } from "../reporters/wording.ts";
import type { CommandSyntax } from "./argv.ts";
import { type AnyCommand, withOptions } from "./cliffy_options.ts";
import { type FoundRun, unreachableText, withRun } from "./find_run.ts";
import { lastSign, MomentWatch } from "./moments.ts";
import { recordedRun } from "./recent_runs.ts";
import { printError } from "./stderr.ts";
import { answer, type Answering, checkWords } from "./verb.ts";
import { parseCondition, type WaitCondition } from "./wait_condition.ts";

const DESCRIPTION = `Wait until something is true of a run.

A condition has alternatives with "or" between them, each made of words,
comparisons (>= > <= < =), "and", "not" and parentheses:

  done      the run is over          ok        … and everything is done
  failed    ranges that failed       progress  per cent of the items
  items     items that are done      retries   attempts after the first
  workers   workers that are busy    elapsed   time since the start
  eta       time to the end          stalled   time without a sign of life
  paused    no ranges start          stopping  the run is being stopped

"failed" alone is failed>=1, "stalled" alone is stalled>=5m.

Exit code: 0 if the first alternative came true, 12 if the second one did, 13
for the third one, and so on; 3 if the run is over and none of them has come
true; 124 after the time-out.`;

/** The options of the command. */
export const WAIT_OPTIONS = {
  until: {
    flag: "--until <condition>",
    type: text(),
    default: "done",
    group: "Watching",
    help: "What to wait for: 'done or failed>=1'",
  },
  timeout: {
    flag: "--timeout <time>",
    type: duration(),
    group: "Watching",
    help: "Time after which to wait no longer",
  },
} satisfies Options;

/** What may stand in the command line. */
export const WAIT_SYNTAX: CommandSyntax = {
  options: WAIT_OPTIONS,
  checkWords: (words) => checkWords(words, { most: 1, example: "executor wait amber-fox" }),
  hasCommand: false,
};

/** Builds the command. */
export function waitCommand(answering: Answering): AnyCommand {
  const command: AnyCommand = new Command().description(DESCRIPTION)
    .arguments("[run:string]")
    .example("The end", "$ executor wait amber-fox")
    .example("Trouble", "$ executor wait --until 'ok or failed>=1 or stalled>=10m' --timeout 2h");
  return withOptions(command, {
    options: WAIT_OPTIONS,
    action: async ({ until, timeout }, [name]) => {
      const condition = parseCondition(until);
      await answer(answering, async () => {
        // The clock notices gaps only while a timer runs.
        using _beat = every(awakeClock, LOOK_MS, () => {});
        const deadline = timeout === undefined ? Infinity : awakeClock.now() + timeout;
        await withRun(name, (found) => wait(found, { ...answering, condition, deadline }));
      });
    },
  });
}

/** Exit codes beside those of alternatives. */
const OVER = 3;
const TIMED_OUT = 124;
/** Returns the exit code for an alternative, by its index. */
const codeOf = (index: number) => index === 0 ? 0 : 11 + index;

/** Time between two looks at the time, in milliseconds. */
const LOOK_MS = 250;

interface WaitParts extends Answering {
  readonly condition: WaitCondition;
  /** When to wait no longer, by `awakeClock`. */
  readonly deadline: number;
}

async function wait(
  found: FoundRun,
  { condition, deadline, end: endWith, print }: WaitParts,
): Promise<void> {
  const watch = new MomentWatch(condition);
  const { name: shown } = found.run;
  if (found.kind === "live") await follow(found.run, { watch, deadline });
  let isLost = false;
  let hasEnded = false;
  if (watch.found === undefined && awakeClock.now() < deadline) {
    // It is over, or has no socket. If it was killed, or its last words were lost, the record has more.
    const recorded = found.kind === "recent" ? found.run : recordedRun(found.run);
    const state = recorded?.state ?? watch.state;
    isLost = recorded?.isLive === true && state?.endedAt === undefined;
    hasEnded = recorded?.status !== undefined;
    // A run that was killed has done nothing after its last event.
    const end = state?.endedAt ?? (isLost ? systemClock.now() : undefined);
    if (state !== undefined) watch.begin(state, end ?? lastSign(state));
  }
  const { found: index, state } = watch;
  if (index !== undefined) {
    await print(`${shown}: ${condition.alternatives[index]!.text}${figures(state)}\n`);
    return endWith({ code: codeOf(index) });
  }
  if (isLost) throw new ControlError(unreachableText(found.run));
  const isLate = awakeClock.now() >= deadline;
  const end = state?.endedAt === undefined && !hasEnded ? "was killed" : "is over";
  const why = isLate ? "the time-out is over" : `the run ${end}, and nothing of it came true`;
  await printError(`executor: ${shown}: ${why}${figures(state)}\n`);
  endWith({ code: isLate ? TIMED_OUT : OVER });
}

/** Watches a run until something has come true, the run is over, or the deadline has come. */
async function follow(
  run: LiveRun,
  { watch, deadline }: { watch: MomentWatch; deadline: number },
): Promise<void> {
  for (let live: LiveRun | undefined = run; live !== undefined;) {
    await using connection = await openUntil(deadline, live);
    if (connection === undefined) return;
    const enough = Promise.withResolvers<void>();
    // The clock of a run leaves out the time in which the machine slept.
    let behindMs = 0;
    const check = () => {
      if (watch.found !== undefined || awakeClock.now() >= deadline) enough.resolve();
    };
    await connection.subscribe({
      onState: (state, now) => {
        behindMs = systemClock.now() - now;
        watch.begin(state, now);
      },
      onEvent: (event) => {
        watch.add(event);
        check();
      },
      leaveOut: ["log", "usage"],
    });
    check();
    using _looks = every(awakeClock, LOOK_MS, () => {
      watch.look(Math.round(systemClock.now() - behindMs));
      check();
    });
    await Promise.race([enough.promise, connection.closed]);
    if (watch.found !== undefined || awakeClock.now() >= deadline) return;
    if (watch.state?.endedAt !== undefined) return;
    // A run drops clients that were too slow.
    live = (await liveRuns()).find(({ runId }) => runId === run.runId);
  }
  if (watch.state === undefined) throw new ControlError(`the run ${run.name} has ended`);
}

/** Connects to a run. Returns undefined if the deadline comes before it answers. */
async function openUntil(deadline: number, run: LiveRun): Promise<RunConnection | undefined> {
  try {
    return await RunConnection.open(run.socket, { patience: deadline - awakeClock.now() });
  } catch (error) {
    if (awakeClock.now() >= deadline) return undefined;
    throw error;
  }
}

function figures(state: RunState | undefined): string {
  if (state === undefined) return "";
  const { totalItems, isTotalKnown, counts } = state;
  const total = isTotalKnown ? ` of ${plural(totalItems, "item")}` : " items";
  return ` (${currentItems(state)}${total} done, ${countFailed(counts)} failed)`;
}
