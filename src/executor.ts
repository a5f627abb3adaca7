/**
 * The executor, as a program that imports the module sees it.
 *
 * @module
 */
import { type Clock, systemClock } from "./clock.ts";
import type { GetCommand } from "./command.ts";
import { resolveConfig, type ResolvedConfig } from "./config.ts";
import type { Launcher } from "./launchers/launcher.ts";
import { LocalLauncher } from "./launchers/local.ts";
import type { RunSummary, StopSignal, TaskConfig } from "./models.ts";
import { Publisher } from "./publisher.ts";
import type { Reporter } from "./reporters/reporter.ts";
import { Run } from "./run.ts";
import { onStopSignal, reraise } from "./stop/signals.ts";

/** What an executor works with. */
export interface ExecutorOptions {
  /**
   * What starts the workers.
   *
   * @default {new LocalLauncher()}
   */
  launcher?: Launcher;
  /**
   * What tells the time.
   *
   * @default {systemClock}
   */
  clock?: Clock;
}

/** What may end a run early. */
export interface RunControl {
  /** Stops the run as a first signal would, with SIGTERM for the workers. */
  signal?: AbortSignal;
  /**
   * Whether SIGINT, SIGTERM and SIGHUP stop the run: the first asks the workers to end, the second kills them, the third
   * ends this process at once. Without, they have their own effect; the guard then ends the workers as after a SIGKILL.
   *
   * @default {true}
   */
  handleSignals?: boolean;
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
  readonly #config: ResolvedConfig;
  readonly #getCommand: GetCommand;
  readonly #launcher: Launcher;
  readonly #clock: Clock;

  /**
   * Checks the config.
   *
   * @throws {TypeError} If a field has another type than it should, or is not one of a config's.
   * @throws {RangeError} If a field's value is out of its bounds.
   */
  constructor(config: TaskConfig, getCommand: GetCommand, options: ExecutorOptions = {}) {
    this.#config = resolveConfig(config);
    if (typeof getCommand !== "function") {
      throw new TypeError(
        `Cannot run the task as getCommand must be a function: current value is ${
          Deno.inspect(getCommand)
        }`,
      );
    }
    this.#getCommand = getCommand;
    this.#launcher = options.launcher ?? new LocalLauncher();
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Runs the job to its end. Resolves with what it came to, and never rejects because work failed.
   *
   * @param reporters What watches the run; nothing when left out.
   * @param control What may end it early.
   * @throws {TypeError} If a reporter or the signal is none.
   */
  async run(
    reporters: Reporter | readonly Reporter[] = [],
    { signal, handleSignals = true }: RunControl = {},
  ): Promise<RunSummary> {
    const watchers = [reporters].flat();
    checkControl(watchers, signal);
    const publisher = new Publisher(watchers, this.#clock);
    const run = new Run({
      config: this.#config,
      getCommand: this.#getCommand,
      launcher: this.#launcher,
      clock: this.#clock,
      publisher,
    });
    using stack = new DisposableStack();
    if (handleSignals) {
      const listening = stack.use(onStopSignal((stopSignal) => {
        if (run.stop({ how: "stop", cause: { kind: "signal", signal: stopSignal } })) {
          leave(publisher, listening, stopSignal);
        }
      }));
    }
    const { runTimeout } = this.#config;
    if (runTimeout !== undefined) {
      stack.use(this.#clock.after(runTimeout, () => {
        run.stop({ how: "stop", cause: { kind: "runTimeout" } });
      }));
    }
    const abort = () => void run.stop({ how: "stop", cause: { kind: "abort" } });
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    stack.defer(() => signal?.removeEventListener("abort", abort));
    return await run.toEnd();
  }
}

function checkControl(reporters: readonly unknown[], signal: unknown): void {
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
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(
      `Cannot run the task as signal must be an AbortSignal: current value is ${
        Deno.inspect(signal)
      }`,
    );
  }
}

/** Ends this process at once, by the signal that asked for it. */
function leave(publisher: Publisher, listening: Disposable, signal: StopSignal): void {
  publisher.abandon();
  listening[Symbol.dispose]();
  // Nothing comes after it.
  void reraise(signal);
}
