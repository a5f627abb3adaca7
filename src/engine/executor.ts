/**
 * The executor, as a program that imports the module sees it.
 *
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import type { GetCommand } from "./command.ts";
import { resolveConfig, type ResolvedConfig } from "../model/resolve_config.ts";
import { describeJob } from "../model/resolve_config.ts";
import { errorMessage } from "../base/errors.ts";
import type { Launcher } from "../launchers/launcher.ts";
import { LocalLauncher } from "../launchers/local/local_launcher.ts";
import { LogDirectory } from "../output/log_directory.ts";
import { OutputFanout } from "../output/output_fanout.ts";
import { ResultsDirectory } from "../output/results.ts";
import type { RunSummary, StopSignal } from "../model/types.ts";
import type { TaskConfig } from "../model/config.ts";
import { EventBus } from "./event_bus.ts";
import type { Reporter } from "../model/reporter.ts";
import { Run } from "./run.ts";
import { checkRunOptions, type RunOptions } from "./run_options.ts";
import { onStopSignal, onSuspend, reraise, suspendSelf } from "./stop/signals.ts";

/** What an executor works with. */
export interface ExecutorOptions {
  /**
   * What starts the workers.
   *
   * @default {new LocalLauncher()}
   */
  launcher?: Launcher;
  /**
   * What the workers run, as the person wrote it: a journal keeps it, and a run that resumes another one must have the same.
   * Only a function knows it when left out, and it is not compared.
   */
  command?: readonly string[];
  /**
   * What tells the time.
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
  readonly #clock: Clock;

  /**
   * Checks the config.
   *
   * @throws {TypeError} If a field has another type than it should, or is not one of a config's.
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
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Runs the job to its end. Resolves with what it came to, and never rejects because work failed.
   *
   * @param reporters What watches the run; nothing when left out.
   * @param control What may end it early.
   * @throws {TypeError} If a reporter or the signal is none.
   * @throws {RangeError} If the directory of logs or results cannot be made.
   * @throws {JournalError} If the journal cannot be used.
   */
  async run(
    reporters: Reporter | readonly Reporter[] = [],
    { signal, handleSignals = true, journal, output }: RunOptions = {},
  ): Promise<RunSummary> {
    const watchers = [reporters].flat();
    checkRunOptions(watchers, { signal, output });
    const publisher = new EventBus([...(journal ? [journal] : []), ...watchers], this.#clock);
    const config = await this.#resolveConfig();
    const run = this.#begin(config, { publisher, journal, output });
    using stack = new DisposableStack();
    if (handleSignals) this.#handleSignals(run, { publisher, stack });
    const { runTimeout } = config;
    if (runTimeout !== undefined) {
      stack.use(run.after(runTimeout, () => {
        run.stop({ how: "stop", cause: { kind: "runTimeout" } });
      }));
    }
    const abort = () => void run.stop({ how: "stop", cause: { kind: "abort" } });
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    stack.defer(() => signal?.removeEventListener("abort", abort));
    return await run.end();
  }

  /** Asks the launcher how many workers there are to be, where nobody said so. */
  async #resolveConfig(): Promise<ResolvedConfig> {
    const numWorkers = this.#config.numWorkers ?? await this.#launcher.capacity?.();
    return resolveConfig({ ...this.#config, numWorkers });
  }

  #begin(
    config: ResolvedConfig,
    { publisher, journal, output }:
      & { publisher: EventBus }
      & Pick<RunOptions, "journal" | "output">,
  ): Run {
    const warn = (text: string) => publisher.publish({ kind: "warning", text });
    const { job, logDir, results } = config;
    const command = this.#command;
    const logs = logDir === undefined
      ? undefined
      : inDirectory("logDir", logDir, (path) => new LogDirectory(path, warn));
    const kept = results === undefined
      ? []
      : [inDirectory("results", results, (path) => new ResultsDirectory(path))];
    const recovery = journal?.begin({ job: { ...describeJob(job), command }, warn });
    return new Run({
      config,
      getCommand: this.#getCommand,
      launcher: this.#launcher,
      clock: this.#clock,
      publisher,
      logs,
      outputs: new OutputFanout(output === undefined ? kept : [...kept, output], warn),
      command,
      recovery,
    });
  }

  #handleSignals(
    run: Run,
    { publisher, stack }: { publisher: EventBus; stack: DisposableStack },
  ): void {
    const listening = stack.use(onStopSignal((signal) => {
      if (run.stop({ how: "stop", cause: { kind: "signal", signal } })) {
        leave(publisher, listening, signal);
      }
    }));
    stack.use(onSuspend({
      suspend: async () => {
        if (await run.suspend()) suspendSelf();
      },
      resume: () => run.resume(),
    }));
  }
}

function inDirectory<T>(field: string, path: string, open: (path: string) => T): T {
  try {
    return open(path);
  } catch (error) {
    throw new RangeError(
      `Cannot run the task as ${field} must be a directory that can be made: current value is "${path}" (${
        errorMessage(error)
      })`,
    );
  }
}

/** A terminal that takes what it is sent has taken the rest of a frame by then, in milliseconds. */
const LEAVE_MS = 100;

/** Ends this process at once, by the signal that asked for it. */
function leave(publisher: EventBus, listening: Disposable, signal: StopSignal): void {
  publisher.abandon();
  listening[Symbol.dispose]();
  // Nothing comes after it.
  setTimeout(() => void reraise(signal), LEAVE_MS);
}
