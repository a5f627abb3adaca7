/**
 * Options of `SubprocessExecutor.run()`, and the checks of its arguments.
 *
 * @module
 */
import type { Journal } from "../journal/journal.ts";
import { describeOriginFault } from "../journal/decode.ts";
import type { JobOrigin } from "../model/job_origin.ts";
import { knownFields } from "../model/value_types.ts";
import type { Output } from "../output/output.ts";

/** Options of {@linkcode SubprocessExecutor.run}. */
export interface RunOptions {
  /** Records the run. A journal of an earlier run of the job makes this one leave out the ranges that are done. */
  journal?: Journal;
  /**
   * Takes what workers print on stdout: an `OrderedOutput`, a `LiveOutput`, or your own. If it is left out, the lines are
   * kept as a log only.
   */
  output?: Output;
  /** Stops the run when it is aborted, as a first signal does; workers get SIGTERM. */
  signal?: AbortSignal;
  /**
   * Whether SIGINT, SIGTERM, SIGHUP and SIGQUIT stop the run: the first signal asks the workers to end, the second kills them, the
   * third ends this process at once. SIGTSTP suspends the workers, the clocks and this process until SIGCONT. If it is
   * `false`, signals have their usual effect on this process; the reaper then ends the workers as after a SIGKILL.
   *
   * @default {true}
   */
  handleSignals?: boolean;
}

/**
 * Checks the arguments of `SubprocessExecutor.run()`.
 *
 * @throws {TypeError} If a reporter, the signal or the output is not one.
 */
export function checkRunOptions(
  reporters: readonly unknown[],
  { signal, output }: { signal: unknown; output: unknown },
): void {
  const isReporter = (value: unknown) =>
    typeof value === "object" && value !== null && "report" in value &&
    typeof value.report === "function";
  for (const reporter of reporters) {
    if (isReporter(reporter)) continue;
    throw new TypeError(
      `Cannot run the task as a reporter must have a method report: current value is ${
        Deno.inspect(reporter)
      }`,
    );
  }
  const isOutput = typeof output === "object" && output !== null && "range" in output &&
    typeof output.range === "function";
  if (output !== undefined && !isOutput) {
    throw new TypeError(
      `Cannot run the task as an output must have a method range: current value is ${
        Deno.inspect(output)
      }`,
    );
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(
      `Cannot run the task as signal must be an AbortSignal: current value is ${
        Deno.inspect(signal)
      }`,
    );
  }
}

/**
 * Returns an origin, if it can be recorded.
 *
 * @throws {TypeError} If it cannot.
 */
export function checkOrigin(origin: JobOrigin | undefined): JobOrigin | undefined {
  if (origin === undefined) return undefined;
  knownFields(origin, { name: "origin", fields: ["directory", "sources", "options"] });
  const fault = describeOriginFault(origin);
  if (fault === undefined) return origin;
  throw new TypeError(`Cannot run the task as origin.${fault}`);
}
