/**
 * Runs one big job as many worker processes, in any language, and sees it through: splits it into ranges, starts the
 * workers, reads their progress, retries what crashed, stops cleanly, and draws it all as a live grid.
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
 * Deno.exit(summary.ok ? 0 : 1);
 * ```
 *
 * @module
 */
export { type ExecutorOptions, SubprocessExecutor } from "./src/executor.ts";
export type { RunControl } from "./src/run_control.ts";
export type { GetCommand } from "./src/command.ts";
export {
  type ExtraData,
  type Irregularities,
  type RangeFailure,
  type RunSummary,
  type StopCause,
  type StopLevel,
  type StopSignal,
  type Suspect,
  TaskStatus,
  type TerminalStatus,
  type Usage,
  type WorkerState,
} from "./src/models.ts";
export type { HaltOn, RetryDelay, TaskConfig } from "./src/task_config.ts";
export type { RunControls } from "./src/controls.ts";
export { type Clock, systemClock } from "./src/clock.ts";
export type {
  AttemptEnd,
  AttemptRef,
  EventBody,
  ProcessExit,
  Resumed,
  RunEvent,
} from "./src/events.ts";
export { fold } from "./src/fold.ts";
export {
  currentItems,
  currentWork,
  INITIAL_STATE,
  isRunning,
  isWaiting,
  type RunState,
} from "./src/state.ts";
export { summarize } from "./src/summary.ts";
export type { OutputStream, ProtocolHandler, Signal } from "./src/protocol/protocol.ts";
export { PrefixProtocol } from "./src/protocol/prefixes.ts";
export { PatternProtocol } from "./src/protocol/pattern.ts";
export { TOOL_NAMES, TOOL_PATTERNS, type ToolName } from "./src/protocol/tools.ts";
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
export { readJournal } from "./src/journal/read.ts";
export type { JobIdentity } from "./src/journal/job_identity.ts";
export { DoneItems } from "./src/journal/done_items.ts";
export { Recovery } from "./src/journal/recovery.ts";
export type { ItemRange, OutstandingRange } from "./src/ranges.ts";
export { LocalLauncher } from "./src/launchers/local.ts";
export type {
  Output,
  OutputAttempt,
  OutputEnd,
  OutputRun,
  RangeOutput,
} from "./src/output/output.ts";
export { OrderedOutput, type OrderedOutputOptions } from "./src/output/ordered.ts";
export { LiveOutput, type LiveOutputOptions } from "./src/output/live.ts";
export type { WriteOptions } from "./src/output/outlet.ts";
export { SlurmLauncher, type SlurmLauncherOptions } from "./src/launchers/slurm/slurm_launcher.ts";
export { type SshHost } from "./src/launchers/ssh/hosts.ts";
export { SshLauncher, type SshLauncherOptions } from "./src/launchers/ssh/ssh_launcher.ts";
export type { Reporter } from "./src/reporters/reporter.ts";
export type { ReporterOptions } from "./src/reporters/options.ts";
export { AnsiReporter, type AnsiReporterOptions } from "./src/reporters/ansi.ts";
export { JsonlReporter, type JsonlReporterOptions } from "./src/reporters/jsonl.ts";
export { type Keyboard, StdinKeyboard } from "./src/reporters/keyboard.ts";
export { defaultReporter } from "./src/reporters/default.ts";
export { PlainReporter, type PlainReporterOptions } from "./src/reporters/plain.ts";
export type { ColorChoice } from "./src/reporters/color.ts";
export {
  type StandardStream,
  StandardTerminal,
  StdoutTerminal,
  type Terminal,
} from "./src/reporters/terminal.ts";
export { HtmlReporter, type HtmlReporterOptions } from "./src/report/report_file.ts";
export { LivePage, type LivePageOptions } from "./src/report/server.ts";
export type { ServeAddress } from "./src/report/serve_address.ts";
