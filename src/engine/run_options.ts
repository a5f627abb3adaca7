/**
 * What may end a run early, what keeps it, and who watches it: the arguments of `run()`.
 *
 * @module
 */
import type { Journal } from "../journal/journal.ts";
import type { Output } from "../output/output.ts";

/** What may end a run early, and what keeps it. */
export interface RunOptions {
  /** Records the run; one that resumes says which ranges are done already. */
  journal?: Journal;
  /**
   * Takes what workers print on stdout: an `OrderedOutput`, a `LiveOutput`, or one of your own. Without, it is kept as a log
   * alone.
   */
  output?: Output;
  /** Stops the run as a first signal would, with SIGTERM for the workers. */
  signal?: AbortSignal;
  /**
   * Whether SIGINT, SIGTERM and SIGHUP stop the run: the first asks the workers to end, the second kills them, the third
   * ends this process at once. SIGTSTP makes the workers, the clocks and this process stand still, until SIGCONT. Without,
   * they have their own effect; the reaper then ends the workers as after a SIGKILL.
   *
   * @default {true}
   */
  handleSignals?: boolean;
}

/**
 * Refuses what is not what it should be.
 *
 * @throws {TypeError} If a reporter, the signal or the output is none.
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
