/**
 * Start of a run in the background: `executor run --detach`.
 *
 * @module
 */
import { errorMessage } from "../base/errors.ts";
import { isFile } from "../base/existence.ts";
import { LIMIT_VARIABLE, originalFileLimit } from "../base/open_files.ts";
import { findProgram, ownProgram } from "../base/programs.ts";
import { onStopSignal } from "../engine/stop/signals.ts";
import { exactArguments } from "./argv_bytes.ts";
import { UsageError } from "./errors.ts";
import type { CommandEnd } from "./run_and_watch.ts";
import { removeQuietly, reserveNotice, START_NOTICE, takeNotice } from "./start_notice.ts";
import { newLogFile, stateFolder } from "./state_folder.ts";
import { printError } from "./stderr.ts";

const FLAG = "--detach";
/** Time between two looks whether the run has started, in milliseconds. */
const LOOK_MS = 20;
/** The last part of a log that is shown, in bytes. */
const TAIL_BYTES = 16 << 10;
/** Runs the arguments after the first one, which is the file for what they print. */
const SCRIPT = 'log=$1; shift; exec "$@" >>"$log" 2>&1';

/**
 * Starts this command line again in a session of its own, without a terminal, and waits until its run has started or is over.
 * Prints the name of the run.
 *
 * @throws {UsageError} If the run would end with this process, there is no folder for its log, no shell to start it, or this
 * program is not found.
 */
export async function detach(print: (text: string) => Promise<void>): Promise<CommandEnd> {
  if (Deno.pid === 1) {
    throw new UsageError(
      `${FLAG} cannot be used by the first process of a container, as the run would end with it: leave it out`,
    );
  }
  const words = ownWords();
  const log = newLogFile(stateFolder());
  if (log === undefined) {
    throw new UsageError(
      `${FLAG} needs a folder for the log of the run that can be written: set XDG_STATE_HOME or HOME`,
    );
  }
  const notice = `${log}.started`;
  try {
    reserveNotice(notice);
  } catch (error) {
    for (const file of [log, `${notice}.new`]) removeQuietly(file);
    throw new UsageError(`${FLAG} cannot write the log of the run: ${errorMessage(error)}`);
  }
  const child = spawn(words, { log, notice });
  const ended = child.status.then(({ code }) => code);
  using _signals = passSignals(child);
  const code = await untilStarted(notice, ended);
  const name = takeNotice(notice);
  if (name === undefined) {
    await printError(tail(log));
    removeQuietly(log);
    return { code: code ?? 1 };
  }
  await print(`${name}\n`);
  await printError(`executor: ${name} runs in the background; what it prints is in ${log}\n`);
  return { code: 0 };
}

function spawn(
  words: readonly string[],
  { log, notice }: { log: string; notice: string },
): Deno.ChildProcess {
  try {
    return new Deno.Command("sh", {
      args: ["-c", SCRIPT, "executor-detach", log, ...words, ...withoutFlag()],
      detached: true,
      env: { [START_NOTICE]: notice, ...ownFileLimit() },
      // A list of items may come through a pipe.
      stdin: Deno.stdin.isTerminal() ? "null" : "inherit",
      stdout: "null",
      stderr: "null",
    }).spawn();
  } catch (error) {
    throw new UsageError(`${FLAG} cannot start sh: ${errorMessage(error)}`);
  }
}

/** Returns the limit of open files that the person has set, for the workers: this process has raised its own. */
function ownFileLimit(): Record<string, string> {
  const limit = originalFileLimit();
  return limit === undefined ? {} : { [LIMIT_VARIABLE]: `${limit}` };
}

/**
 * Returns the words with which this program was started, without its arguments.
 *
 * @throws {UsageError} If its own path is not known, and it is not on the PATH either.
 */
function ownWords(): string[] {
  const name = Deno.build.standalone ? "executor" : "deno";
  const program = ownProgram() ?? name;
  if (program === name && findProgram(name).kind === "not-found") {
    throw new UsageError(
      `${FLAG} cannot find ${name} on the PATH, or at its own path: add it to the PATH`,
    );
  }
  if (Deno.build.standalone) return [program];
  try {
    const words = Deno.readTextFileSync("/proc/self/cmdline").split("\0").slice(0, -1);
    const own = words.slice(0, words.length - Deno.args.length);
    if (own.length > 1) return [program, ...own.slice(1)];
  } catch {
    // There is no /proc.
  }
  return [program, "run", "-A", "--quiet", Deno.mainModule];
}

/** Returns the arguments of this program without the flag that brought it here. */
function withoutFlag(): string[] {
  const args = exactArguments(Deno.args);
  const end = args.indexOf("--");
  return args.filter((arg, at) => arg !== FLAG || (end >= 0 && at > end));
}

/** Passes the signals that stop a run on, while the person waits for the start. Ignored ones stay ignored. */
function passSignals(child: Deno.ChildProcess): Disposable {
  return onStopSignal((signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has just ended.
    }
  });
}

/** Waits until a run has started. Resolves to its exit code if it has ended. */
async function untilStarted(notice: string, ended: Promise<number>): Promise<number | undefined> {
  let code: number | undefined;
  ended.then((value) => code = value);
  while (code === undefined && !isFile(notice)) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return code;
}

/** Returns the end of a log. */
function tail(path: string): string {
  try {
    const text = new TextDecoder().decode(Deno.readFileSync(path).slice(-TAIL_BYTES));
    return text === "" || text.endsWith("\n") ? text : `${text}\n`;
  } catch (error) {
    return `executor: the log ${path} cannot be read: ${errorMessage(error)}\n`;
  }
}
