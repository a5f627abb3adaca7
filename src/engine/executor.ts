/**
 * Executor: the class that programs import to run a job.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import type { Launcher } from "../launchers/launcher.ts";
import { LocalLauncher } from "../launchers/local/local_launcher.ts";
import type { TaskConfig } from "../model/config.ts";
import type { JobOrigin } from "../model/job_origin.ts";
import type { Reporter } from "../model/reporter.ts";
import { describeJob, resolveConfig, type ResolvedConfig } from "../model/resolve_config.ts";
import type { RunSummary, StopSignal } from "../model/types.ts";
import { ConfigError } from "../model/value_types.ts";
import { LogDirectory } from "../output/log_directory.ts";
import { OutputFanout } from "../output/output_fanout.ts";
import { ResultsDirectory } from "../output/results.ts";
import type { GetCommand } from "./command.ts";
import { EventBus } from "./event_bus.ts";
import { Run } from "./run.ts";
import { checkOrigin, checkRunOptions, type RunOptions } from "./run_options.ts";
import { onStopSignal, onSuspend, reraise, suspendSelf } from "./stop/signals.ts";

/** Options of {@linkcode SubprocessExecutor}. */
export interface ExecutorOptions {
  /**
   * Starts the workers.
   *
   * @default {new LocalLauncher()}
   */
  launcher?: Launcher;
  /**
   * The command of the workers as the user wrote it. A journal records it, and a run that resumes the job must have the
   * same one. If it is left out, commands are not compared.
   */
  command?: readonly string[];
  /**
   * What else the program knows of the job: its directory, the sources of its items, and the options that it was given. A
   * journal records it. By default, the sources are told from the config, and the others are left out.
   */
  origin?: JobOrigin;
  /**
   * Tells the time.
   *
   * @default {systemClock}
   */
  clock?: Clock;
}

/**
 * Runs a job as many worker processes, and sees it through.
 *
 * @example
 * ```ts
 * import { SubprocessExecutor } from "@lambdawaker/executor";
 * import { assert } from "@std/assert";
 *
 * const executor = new SubprocessExecutor(
 *   { totalItems: 10, numWorkers: 2 },
 *   ({ extraData }) => ["echo", `PROGRESS: ${extraData.endIndex - extraData.startIndex}`],
 * );
 * const summary = await executor.run();
 * assert(summary.ok);
 * ```
 */
export class SubprocessExecutor {
  readonly #config: TaskConfig;
  readonly #getCommand: GetCommand;
  readonly #launcher: Launcher;
  readonly #command: readonly string[] | undefined;
  readonly #origin: JobOrigin | undefined;
  readonly #clock: Clock;

  /**
   * Creates an executor of a job; {@linkcode SubprocessExecutor.run} runs it, as often as it is called.
   *
   * @throws {TypeError} If a field of the config is unknown or has the wrong type, or `getCommand` is not a function.
   * @throws {RangeError} If a field's value is out of its bounds.
   */
  constructor(config: TaskConfig, getCommand: GetCommand, options: ExecutorOptions = {}) {
    resolveConfig(config);
    this.#config = config;
    if (typeof getCommand !== "function") {
      throw new TypeError(
        `Cannot run the task as getCommand must be a function: current value is ${
          Deno.inspect(getCommand)
        }`,
      );
    }
    this.#getCommand = getCommand;
    this.#launcher = options.launcher ?? new LocalLauncher();
    this.#command = options.command;
    this.#origin = checkOrigin(options.origin);
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Runs the job to its end. Resolves with a summary of it, and never rejects because work failed.
   *
   * @param reporters Watch the run; none if left out.
   * @param options How the run is recorded and stopped, and where its output goes.
   * @throws {TypeError} If a reporter, the output or the signal is not one.
   * @throws {RangeError} If the directory of logs or results cannot be made.
   * @throws {JournalError} If the journal cannot be used.
   */
  async run(
    reporters: Reporter | readonly Reporter[] = [],
    { signal, handleSignals = true, journal, output }: RunOptions = {},
  ): Promise<RunSummary> {
    const watchers = [reporters].flat();
    checkRunOptions(watchers, { signal, output });
    const bus = new EventBus([...(journal ? [journal] : []), ...watchers], this.#clock);
    const config = await this.#resolveConfig();
    const run = this.#prepare(config, { bus, journal, output });
    run.start();
    using _signals = handleSignals ? stopOnSignals(run, bus) : undefined;
    using _abort = stopOnAbort(run, signal);
    return await run.finish();
  }

  /** Resolves the config. If `numWorkers` is left out, the launcher decides. */
  async #resolveConfig(): Promise<ResolvedConfig> {
    const numWorkers = this.#config.numWorkers ?? await this.#launcher.capacity?.();
    return resolveConfig({ ...this.#config, numWorkers });
  }

  /** Opens directories and journal for a run. */
  #prepare(
    config: ResolvedConfig,
    { bus, journal, output }: { bus: EventBus } & Pick<RunOptions, "journal" | "output">,
  ): Run {
    const warn = (text: string) => bus.publish({ kind: "warning", text });
    const { job, logDir, results } = config;
    const command = this.#command;
    const logs = logDir === undefined
      ? undefined
      : inDirectory("logDir", logDir, (path) => LogDirectory.make(path, warn));
    const outputs = [
      ...(results === undefined
        ? []
        : [inDirectory("results", results, (path) => ResultsDirectory.make(path))]),
      ...(output === undefined ? [] : [output]),
    ];
    const publisher = {
      warn,
      written: (range: number) => bus.publish({ kind: "output-written", range }),
    };
    const recovery = journal?.begin({ job: { ...describeJob(job), command }, warn });
    return new Run({
      config,
      getCommand: this.#getCommand,
      command,
      origin: this.#origin,
      launcher: this.#launcher,
      clock: this.#clock,
      bus,
      logs,
      outputs: OutputFanout.open(outputs, publisher),
      recovery,
    });
  }
}

function inDirectory<T>(field: string, path: string, open: (path: string) => T): T {
  try {
    return open(path);
  } catch (error) {
    const wanted = "a directory that can be made";
    throw new ConfigError(field, { wanted, value: path, reason: errorMessage(error) });
  }
}

/** Stops a run when `signal` is aborted, until the returned object is disposed of. */
function stopOnAbort(run: Run, signal: AbortSignal | undefined): Disposable {
  const abort = () => void run.stop({ how: "stop", cause: { kind: "abort" } });
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  return { [Symbol.dispose]: () => signal?.removeEventListener("abort", abort) };
}

/** Stops and suspends a run by the signals of this process, until the returned object is disposed of. */
function stopOnSignals(run: Run, bus: EventBus): Disposable {
  const stack = new DisposableStack();
  const stopSignals = stack.use(onStopSignal((signal) => {
    if (run.stop({ how: "stop", cause: { kind: "signal", signal } })) {
      leave(bus, stopSignals, signal);
    }
  }));
  stack.use(onSuspend({
    suspend: async () => {
      if (await run.suspend()) suspendSelf();
    },
    resume: () => run.resume(),
  }));
  return stack;
}

/** Time for the terminal to take the rest of a frame, in milliseconds. */
const LEAVE_MS = 100;

/** Ends this process by a signal, without waiting for the run. */
function leave(bus: EventBus, stopSignals: Disposable, signal: StopSignal): void {
  bus.abandon();
  stopSignals[Symbol.dispose]();
  setTimeout(() => void reraise(signal), LEAVE_MS);
}
