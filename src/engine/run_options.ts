/**
 * Options of a run, and the checks of the arguments of `SubprocessExecutor.start()`.
 *
 * @module
 */
import { errorMessage } from "../base/errors.ts";
import { findOriginFault } from "../journal/decode.ts";
import { Journal } from "../journal/journal.ts";
import type { JobOrigin } from "../model/job_origin.ts";
import { above, ConfigError, knownFields, requireMethod, wrongType } from "../model/value_types.ts";
import type { Reporter } from "../model/reporter.ts";
import type { Output } from "../output/output.ts";
import type { ItemSpace } from "./item_space.ts";

/** Options of {@linkcode SubprocessExecutor.run} and {@linkcode SubprocessExecutor.start}. */
export interface RunOptions {
  /** Records the run. With its option `resume`, the run leaves out what earlier runs of the job have done. */
  journal?: Journal;
  /**
   * Takes what workers print: an `OrderedOutput`, a `LiveOutput`, or your own. If it is left out, the lines are
   * kept as a log only.
   */
  output?: Output;
  /** Stops the run when it is aborted: workers get SIGTERM, and are killed after the grace period. */
  signal?: AbortSignal;
  /**
   * Whether SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM and SIGXCPU stop the run: the first signal asks the workers to end, the
   * second kills them, the third ends this process at once. SIGTSTP suspends the workers, the clocks and this process until
   * SIGCONT, unless nothing could continue it. SIGUSR2 has no effect. The debugger that SIGUSR1 opens is closed at once; without
   * `--allow-sys=inspector`, the run ends instead.
   *
   * If it is `false`, signals have their usual effect on this process; if they end it, the reaper ends the workers.
   *
   * @default {true}
   */
  handleSignals?: boolean;
}

const FIELDS = ["journal", "output", "signal", "handleSignals"];

/**
 * Checks the arguments of `SubprocessExecutor.start()`.
 *
 * @throws {ConfigError} If a reporter or an option is not what it should be.
 */
export function checkRunOptions(reporters: readonly unknown[], options: RunOptions): void {
  knownFields(options, { name: "options", fields: FIELDS });
  const { journal, output, signal, handleSignals } = options;
  for (const reporter of reporters) {
    if (reporter instanceof Journal) {
      const wanted = "no Journal: give it as the option journal, as in run([], { journal })";
      throw new ConfigError("reporter", { wanted, value: reporter.path });
    }
    requireMethod(reporter, { name: "reporter", method: "report" });
  }
  checkStdout(reporters as readonly Reporter[]);
  if (journal !== undefined && !(journal instanceof Journal)) {
    throw wrongType("journal", "a Journal", journal);
  }
  if (output !== undefined) checkOutput(output);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw wrongType("signal", "an AbortSignal", signal);
  }
  if (handleSignals !== undefined && typeof handleSignals !== "boolean") {
    throw wrongType("handleSignals", "a boolean", handleSignals);
  }
}

/** Refuses reporters that would write between the frames of another one. */
function checkStdout(reporters: readonly Reporter[]): void {
  const uses = reporters.map(stdoutOf).filter((use) => use !== undefined);
  if (uses.length < 2 || !uses.includes("frames")) return;
  const wanted = "at most one that writes to stdout, if one of them draws there";
  throw new ConfigError("reporters", { wanted, value: uses });
}

function stdoutOf(reporter: Reporter): unknown {
  try {
    return reporter.stdout;
  } catch {
    // It is dropped when it fails in the run.
    return undefined;
  }
}

function checkOutput(output: Output): void {
  requireMethod(output, { name: "output", method: "range" });
  const wanted = "a boolean or left out";
  let writesStdout: unknown;
  try {
    writesStdout = output.writesStdout;
  } catch (error) {
    const reason = errorMessage(error);
    throw new ConfigError("output.writesStdout", { wanted, value: undefined, reason });
  }
  if (writesStdout !== undefined && typeof writesStdout !== "boolean") {
    throw wrongType("output.writesStdout", wanted, writesStdout);
  }
}

/**
 * Returns the command of the workers, if it can be recorded.
 *
 * @throws {ConfigError} If it cannot.
 */
export function checkCommand(
  command: readonly string[] | undefined,
): readonly string[] | undefined {
  const isRight = command === undefined ||
    Array.isArray(command) && command.every((word) => typeof word === "string");
  if (!isRight) throw wrongType("options.command", "a list of strings", command);
  return command;
}

/**
 * Returns an origin, if it can be recorded.
 *
 * @throws {ConfigError} If it cannot.
 */
export function checkOrigin(origin: JobOrigin | undefined): JobOrigin | undefined {
  if (origin === undefined) return undefined;
  knownFields(origin, {
    name: "origin",
    fields: ["name", "directory", "sources", "columns", "options"],
  });
  const fault = findOriginFault(origin);
  if (fault === undefined) return origin;
  throw new ConfigError(`origin.${fault.field}`, fault);
}

/**
 * Returns the space for the items of a range, if it is one.
 *
 * @throws {ConfigError} If it is not.
 */
export function checkSpace(space: ItemSpace | undefined): ItemSpace | undefined {
  if (space === undefined) return undefined;
  knownFields(space, { name: "itemSpace", fields: ["room", "costOf"] });
  above(0).check(space.room, "itemSpace.room");
  requireMethod(space, { name: "itemSpace", method: "costOf" });
  return space;
}
