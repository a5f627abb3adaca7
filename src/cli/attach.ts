/**
 * `executor attach`: the command that shows the grid of a run that goes on elsewhere.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { RemoteRun } from "../reporters/control/remote_run.ts";
import type { LiveRun } from "../reporters/control/registration.ts";
import { onStopSignal, onSuspend, suspendSelf } from "../engine/stop/signals.ts";
import type { Options } from "../model/option.ts";
import { AnsiReporter } from "../reporters/grid_reporter.ts";
import { TerminalKeyboard } from "../terminal/keyboard.ts";
import { StandardTerminal } from "../terminal/terminal.ts";
import type { CommandSyntax } from "./argv.ts";
import { type AnyCommand, withOptions } from "./cliffy_options.ts";
import { UsageError } from "./errors.ts";
import { findLiveRun } from "./find_run.ts";
import { RUN_OPTIONS, type RunValues } from "./options.ts";
import { printError } from "./stderr.ts";
import { answer, type Answering, checkWords } from "./verb.ts";

const DESCRIPTION = `Show the grid of a run that goes on elsewhere.

It has the keys of the grid: they pause, drain and resize the run. Ctrl-C leaves
the grid, and the run goes on; executor stop ends it. Several terminals may show
a run at once, each at its own size. Without RUN, the only run that goes on is
meant; the beginning of its name is enough.`;

/** The options of the command. */
export const ATTACH_OPTIONS = {
  showLog: RUN_OPTIONS.showLog,
  color: RUN_OPTIONS.color,
} satisfies Options;

/** What may stand in the command line. */
export const ATTACH_SYNTAX: CommandSyntax = {
  options: ATTACH_OPTIONS,
  checkWords: (words) => checkWords(words, { most: 1, example: "executor attach amber-fox" }),
  hasCommand: false,
};

/** Builds the command. */
export function attachCommand(answering: Answering): AnyCommand {
  const command: AnyCommand = new Command().description(DESCRIPTION)
    .arguments("[run:string]")
    .example("One of several", "$ executor attach amber-fox");
  return withOptions(command, {
    options: ATTACH_OPTIONS,
    action: async (values, [name]) => {
      await answer(answering, async () => {
        const run = await findLiveRun(name);
        const terminal = new StandardTerminal(Deno.stdout);
        if (!terminal.isTerminal()) {
          throw new UsageError(
            "executor attach needs a terminal: executor status tells how the run goes, executor logs -f what it prints",
          );
        }
        await attach(run, { ...values, terminal });
      });
    },
  });
}

/** Shows a run until it is over, or the person leaves. */
async function attach(
  { name, title, socket, logDir }: LiveRun,
  { terminal, showLog, color }:
    & Pick<RunValues, "showLog" | "color">
    & { terminal: StandardTerminal },
): Promise<void> {
  const keyboard = TerminalKeyboard.isSupported ? new TerminalKeyboard() : undefined;
  const reporter = new AnsiReporter({
    ...{ title, showLog, color, logDir, terminal, keyboard },
    isAttached: true,
  });
  await using run = await RemoteRun.open(socket, [reporter]);
  const left = Promise.withResolvers<"left">();
  using _stop = onStopSignal(() => left.resolve("left"));
  using _suspend = onSuspend({
    suspend: async () => {
      await reporter.suspend();
      suspendSelf();
    },
    // The reporter draws again after this event, which the run itself may never have.
    resume: () => reporter.report({ v: 2, t: Date.now(), kind: "run-continued" }, run.state),
  });
  const end = await Promise.race([run.summary, left.promise]);
  if (end !== "left") return;
  await reporter.suspend();
  reporter.abandon();
  await printError(`executor: ${name} goes on; executor attach ${name} shows it again\n`);
}
