/**
 * Launcher of one run whose methods may throw, may return what they should not, and may never answer.
 *
 * @module
 */
import { errorMessage } from "../base/errors.ts";
import { isPromiseLike } from "../base/promises.ts";
import {
  type Launcher,
  LaunchError,
  type LaunchRun,
  type WorkerCommand,
  type WorkerProcess,
} from "../launchers/launcher.ts";
import { openLocalRun } from "../launchers/local/local_launcher.ts";
import { type Leftovers, reapOrphans } from "../launchers/local/orphans.ts";
import { ignoresLaunch } from "../launchers/opened.ts";
import { failingLauncher } from "../launchers/spawn_errors.ts";
import { checkedProcess } from "./guarded_process.ts";
import type { Awaited, Patience } from "./patience.ts";

/**
 * Ends what earlier runs have left on this machine, and opens a launcher for a run, which ends what they have left elsewhere.
 * Never rejects: if it cannot be opened, every launch fails for that reason.
 */
export async function openGuarded(
  launcher: Launcher,
  { run, left, patience, warnOfLeft }: {
    run: LaunchRun;
    left: Leftovers;
    patience: Patience;
    /** Warns that what earlier runs may have left on other machines was not looked for. */
    warnOfLeft: (text: string) => void;
  },
): Promise<Launcher & AsyncDisposable> {
  try {
    // Whatever starts the workers of this run, those of an earlier one may have been started on this machine.
    const opening = reapOrphans({ ...left, gracePeriod: run.gracePeriod }).then(() => {
      run.signal.throwIfAborted();
      return open(launcher, run);
    });
    // Orphans of earlier runs may take the grace period to end.
    const opened = await unlessLate(opening, patience, {
      name: "launcher.open()",
      effect: "no worker can start before that",
      allowance: run.gracePeriod,
      endsWithDrain: true,
      release: (late) => late[Symbol.asyncDispose](),
    });
    return new GuardedLauncher(opened, { patience, warn: run.warn });
  } catch (error) {
    const mayBeLeft = run.unfinished.length + run.inFlight.length > 0;
    if (mayBeLeft && !run.signal.aborted) {
      warnOfLeft(
        `what earlier runs may have left on other machines was not looked for: ${
          errorMessage(error)
        }`,
      );
    }
    return failingLauncher(error);
  }
}

async function open(launcher: Launcher, run: LaunchRun): Promise<Launcher & AsyncDisposable> {
  const opened = await launcher.open?.(run);
  // A wrapper that has no open() may start its workers through a launcher that needs one.
  if (opened === undefined) return await openLocalRun(launcher, run);
  if (isLauncher(opened) && ignoresLaunch(opened, launcher)) {
    await opened[Symbol.asyncDispose]();
    throw new TypeError(
      "launch() of the launcher has no effect, as its open() returns what another launcher opened: return an object whose launch() calls yours",
    );
  }
  if (isLauncher(opened)) return opened;
  throw new TypeError(
    "launcher.open() must return an object with the methods launch and [Symbol.asyncDispose]",
  );
}

// A launcher in JavaScript may return anything.
function isLauncher(opened: Partial<Launcher & AsyncDisposable> | null): boolean {
  return typeof opened?.launch === "function" && typeof opened[Symbol.asyncDispose] === "function";
}

class GuardedLauncher implements Launcher, AsyncDisposable {
  readonly #launcher: Launcher & AsyncDisposable;
  readonly #patience: Patience;
  readonly #warn: (text: string) => void;

  constructor(
    launcher: Launcher & AsyncDisposable,
    { patience, warn }: { patience: Patience; warn: (text: string) => void },
  ) {
    this.#launcher = launcher;
    this.#patience = patience;
    this.#warn = warn;
  }

  async launch(command: WorkerCommand): Promise<WorkerProcess> {
    const launched: unknown = this.#launcher.launch(command);
    if (!isPromiseLike(launched)) return withStdin(launched as WorkerProcess, command);
    const launching = Promise.resolve(launched as PromiseLike<WorkerProcess>);
    const process = await unlessLate(launching, this.#patience, {
      name: "launcher.launch()",
      effect: "its worker waits for it",
      release: end,
    });
    return withStdin(process, command);
  }

  /** Closes the launcher; an error is a warning, as the work is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      const closing = (async () => await this.#launcher[Symbol.asyncDispose]())();
      await this.#patience.answer(closing, {
        name: "[Symbol.asyncDispose]() of the launcher",
        effect: "the run waits for it, until it is stopped",
      });
    } catch (error) {
      this.#warn(`the launcher failed at the end of the run: ${errorMessage(error)}`);
    }
  }
}

/**
 * Returns what was launched, which has a stdin if the command asks for one.
 *
 * @throws {LaunchError} If it is no process, or has no stdin that can be written. The process is ended then: it would do
 * nothing, and report that it ended well.
 */
function withStdin(launched: WorkerProcess, { stdin }: WorkerCommand): WorkerProcess {
  const process = checkedProcess(launched);
  const fault = stdin === "piped" ? findStdinFault(process.stdin) : undefined;
  if (fault === undefined) return process;
  end(process).catch(() => {});
  throw new LaunchError(
    `launcher.launch() must return a process with a stdin, as the command asks for it: its stdin ${fault}`,
    { permanent: true },
  );
}

function findStdinFault(stdin: WorkerProcess["stdin"]): string | undefined {
  if (!(stdin instanceof WritableStream)) return "is no WritableStream";
  return stdin.locked ? "is written by something else" : undefined;
}

/** Waits for an answer of a launcher. One that comes after the run has given it up is released. */
async function unlessLate<T>(
  answer: Promise<T>,
  patience: Patience,
  { release, ...awaited }: Awaited & { release: (late: T) => void | PromiseLike<void> },
): Promise<T> {
  let isLate = false;
  // Comes before whoever waits for the answer, as it was asked first.
  answer.then((value) => isLate ? release(value) : undefined).catch(() => {});
  try {
    return await patience.answer(answer, awaited);
  } finally {
    isLate = true;
  }
}

/** Ends a process that nobody wants any more. */
async function end(process: WorkerProcess): Promise<void> {
  process.kill("SIGKILL");
  const { stdin, stdout, stderr } = process;
  const input = stdin instanceof WritableStream ? stdin.abort() : undefined;
  await Promise.allSettled([input, stdout.cancel(), stderr.cancel()]);
}
