/**
 * Runs one big job as many worker processes, in any language: splits it into ranges, starts workers, reads their progress,
 * retries what failed, stops cleanly, and draws a live grid of the run.
 *
 * Read {@linkcode SubprocessExecutor} first, then {@linkcode TaskConfig}, {@linkcode GetCommand}, {@linkcode RunOptions} and
 * {@linkcode RunSummary}. For a reporter of your own, read {@linkcode Reporter} and {@linkcode RunState}.
 *
 * Other parts are in modules of their own: `/reporters` (more of them, and terminals), `/launchers` (Slurm, ssh, your own),
 * `/protocol` (progress of programs that know nothing of this one), `/output`, `/journal`, `/events` (each kind of event, and
 * the state that follows from them), `/control` (runs of other processes), `/worker` (for workers in TypeScript) and `/cli` (the
 * command).
 *
 * All times are in milliseconds. A name that ends in `At` is a point in time, counted from 1970, and so is `t` of an event. All
 * others, such as `timeout` and `RunSummary.duration`, are durations. The methods that a class has as a `Reporter` are left
 * out of it: the interface describes them.
 *
 * @example
 * ```ts ignore
 * import { AnsiReporter, SubprocessExecutor } from "@lambdawaker/executor";
 *
 * const executor = new SubprocessExecutor(
 *   { totalItems: 1000, numWorkers: 4, maxRetries: 3, gridCols: 2 },
 *   (worker) => ["python3", "resize.py", `${worker.extraData.startIndex}`, `${worker.extraData.endIndex}`],
 * );
 * const summary = await executor.run(new AnsiReporter({ title: "Resize" }));
 * Deno.exit(summary.exitCode);
 * ```
 *
 * @module
 */
// First, so that nothing else is evaluated in a runtime that cannot run it.
import "./src/base/require_deno.ts";

export { type ExecutorOptions, SubprocessExecutor } from "./src/engine/executor.ts";
export type { RunOptions } from "./src/engine/run_options.ts";
export type { CommandParts, GetCommand } from "./src/engine/command.ts";
export type {
  HaltOn,
  RetryCause,
  RetryDelay,
  StartOrder,
  StartRate,
  TaskConfig,
} from "./src/model/config.ts";
export { ConfigError } from "./src/model/value_types.ts";
export type {
  ExtraData,
  RangeFailure,
  RunCounters,
  RunSummary,
  StopCause,
  StopSignal,
  WorkerState,
} from "./src/model/types.ts";
export type { Cause } from "./src/model/cause.ts";
export { type FailedStatus, TaskStatus, type TerminalStatus } from "./src/model/statuses.ts";
export type { RunEvent } from "./src/model/events.ts";
export type { RunState } from "./src/model/state.ts";
export type { Reporter, RunHandle } from "./src/model/reporter.ts";
export type { ReporterOptions } from "./src/reporters/options.ts";
export { AnsiReporter, type AnsiReporterOptions } from "./src/reporters/grid_reporter.ts";
export { PlainReporter, type PlainReporterOptions } from "./src/reporters/plain_reporter.ts";
export { defaultReporter } from "./src/reporters/default_reporter.ts";
export type { Clock } from "./src/base/clock.ts";

// A bundle that has this module in it is another program: its URL ends in another name.
if (import.meta.main && import.meta.url.endsWith("/mod.ts")) {
  console.error(
    "This module is for programs that import it; the command is jsr:@lambdawaker/executor/cli (cli.ts in a clone)",
  );
  Deno.exit(2);
}
