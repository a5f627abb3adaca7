/**
 * The executor, as a program that imports the module sees it.
 *
 * @module
 */
import { type Clock, systemClock } from "./clock.ts";
import type { GetCommand } from "./command.ts";
import { resolveConfig, type ResolvedConfig } from "./config.ts";
import { describeJob } from "./job.ts";
import { errorMessage } from "./error_message.ts";
import type { Launcher } from "./launchers/launcher.ts";
import { LocalLauncher } from "./launchers/local.ts";
import { LogDirectory } from "./log_directory.ts";
import { Outputs } from "./output/outputs.ts";
import { ResultsDirectory } from "./output/results.ts";
import type { RunSummary, StopSignal } from "./models.ts";
import type { TaskConfig } from "./task_config.ts";
import { Publisher } from "./publisher.ts";
import type { Reporter } from "./reporters/reporter.ts";
import { Run } from "./run.ts";
import { checkControl, type RunControl } from "./run_control.ts";
import { onStopSignal, onSuspend, reraise, standStill } from "./stop/signals.ts";

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
    { signal, handleSignals = true, journal, output }: RunControl = {},
  ): Promise<RunSummary> {
    const watchers = [reporters].flat();
    checkControl(watchers, { signal, output });
    const publisher = new Publisher([...(journal ? [journal] : []), ...watchers], this.#clock);
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
    return await run.toEnd();
  }

  /** Asks the launcher how many workers there are to be, where nobody said so. */
  async #resolveConfig(): Promise<ResolvedConfig> {
    const numWorkers = this.#config.numWorkers ?? await this.#launcher.capacity?.();
    return resolveConfig({ ...this.#config, numWorkers });
  }

  #begin(
    config: ResolvedConfig,
    { publisher, journal, output }:
      & { publisher: Publisher }
      & Pick<RunControl, "journal" | "output">,
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
      outputs: new Outputs(output === undefined ? kept : [...kept, output], warn),
      command,
      recovery,
    });
  }

  #handleSignals(
    run: Run,
    { publisher, stack }: { publisher: Publisher; stack: DisposableStack },
  ): void {
    const listening = stack.use(onStopSignal((signal) => {
      if (run.stop({ how: "stop", cause: { kind: "signal", signal } })) {
        leave(publisher, listening, signal);
      }
    }));
    stack.use(onSuspend({
      suspend: async () => {
        if (await run.suspend()) standStill();
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
function leave(publisher: Publisher, listening: Disposable, signal: StopSignal): void {
  publisher.abandon();
  listening[Symbol.dispose]();
  // Nothing comes after it.
  setTimeout(() => void reraise(signal), LEAVE_MS);
}
