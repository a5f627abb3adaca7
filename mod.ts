/**
 * Runs one big job as many worker processes, in any language: splits it into ranges, starts workers, reads their progress,
 * retries what failed, stops cleanly, and draws a live grid of the run.
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
export { type ExecutorOptions, SubprocessExecutor } from "./src/engine/executor.ts";
export type { RunOptions } from "./src/engine/run_options.ts";
export type { GetCommand } from "./src/engine/command.ts";
export {
  type ExtraData,
  type RangeFailure,
  type RunCounters,
  type RunSummary,
  type StopCause,
  type StopLevel,
  type StopSignal,
  type Suspect,
  type Usage,
  type WorkerState,
} from "./src/model/types.ts";
export type * from "./src/model/cause.ts";
export {
  type AttemptEndStatus,
  type DoneCounts,
  type DoneStatus,
  type EndCounts,
  type FailedStatus,
  TaskStatus,
  type TerminalStatus,
} from "./src/model/statuses.ts";
export type * from "./src/model/numbers.ts";
export type { HaltOn, RetryDelay, TaskConfig } from "./src/model/config.ts";
export type { RunHandle } from "./src/model/reporter.ts";
export { type Clock, systemClock } from "./src/base/clock.ts";
export type * from "./src/model/events.ts";
export type * from "./src/model/job_origin.ts";
export type { AttemptId, EngineId, NodeName, Path, RunId } from "./src/model/names.ts";
export { reduce } from "./src/model/reduce.ts";
export {
  currentItems,
  currentWork,
  INITIAL_STATE,
  isRunning,
  isWaiting,
  type RunState,
} from "./src/model/state.ts";
export { summarize } from "./src/model/state.ts";
export type { OutputStream, Protocol, Signal } from "./src/model/protocol.ts";
export { ProtocolHandler } from "./src/output/protocol/prefixes.ts";
export { PatternProtocol } from "./src/output/protocol/pattern.ts";
export { PRESET_NAMES, type PresetName, PROGRESS_PRESETS } from "./src/output/protocol/presets.ts";
export {
  type Launcher,
  LaunchError,
  type LaunchRun,
  type Placement,
  type WorkerCommand,
  type WorkerProcess,
} from "./src/launchers/launcher.ts";
export { Journal, type JournalOptions, type JournalRun } from "./src/journal/journal.ts";
export { JournalError } from "./src/journal/journal_error.ts";
export { readJournal } from "./src/journal/reader.ts";
export type { JobIdentity } from "./src/model/job_identity.ts";
export { DoneItems } from "./src/journal/range_progress.ts";
export { Recovery } from "./src/journal/recovery.ts";
export type { ItemRange, OutstandingRange } from "./src/model/ranges.ts";
export { LocalLauncher } from "./src/launchers/local/local_launcher.ts";
export type {
  Output,
  OutputAttempt,
  OutputEnd,
  OutputRun,
  RangeOutput,
} from "./src/output/output.ts";
export { OrderedOutput, type OrderedOutputOptions } from "./src/output/ordered_output.ts";
export { LiveOutput, type LiveOutputOptions } from "./src/output/live_output.ts";
export type { WriteOptions } from "./src/output/output_writer.ts";
export { SlurmLauncher, type SlurmLauncherOptions } from "./src/launchers/slurm/slurm_launcher.ts";
export { type SshHost } from "./src/launchers/ssh/hosts.ts";
export { SshLauncher, type SshLauncherOptions } from "./src/launchers/ssh/ssh_launcher.ts";
export type { Reporter } from "./src/model/reporter.ts";
export type { ReporterOptions } from "./src/reporters/options.ts";
export { AnsiReporter, type AnsiReporterOptions } from "./src/reporters/grid_reporter.ts";
export { JsonlReporter, type JsonlReporterOptions } from "./src/reporters/jsonl_reporter.ts";
export { type Keyboard, StdinKeyboard } from "./src/terminal/keyboard.ts";
export { defaultReporter } from "./src/reporters/default_reporter.ts";
export { PlainReporter, type PlainReporterOptions } from "./src/reporters/plain_reporter.ts";
export type { ColorChoice } from "./src/terminal/capabilities.ts";
export {
  type StandardStream,
  StandardTerminal,
  StdoutTerminal,
  type Terminal,
} from "./src/terminal/terminal.ts";
export { HtmlReporter, type HtmlReporterOptions } from "./src/report/html_reporter.ts";
export { LivePage, type LivePageOptions } from "./src/report/live/live_page.ts";
export type { ServeAddress } from "./src/report/live/address.ts";
