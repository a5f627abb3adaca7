/**
 * Executor: the class that programs import to run a job.
 *
 * @module
 */
import { onAbort } from "../base/abort.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { DEBUGGER_OPENED, guardDebugger } from "../base/debugger.ts";
import { errorMessage } from "../base/errors.ts";
import { restoreChildSignal } from "../base/inherited_signals.ts";
import { ThisMachine } from "../base/machine.ts";
import { beginJournal, type Journal, settleJournal } from "../journal/journal.ts";
import { describeUnsettled } from "../journal/promised_output.ts";
import { Recovery } from "../journal/recovery.ts";
import type { Launcher } from "../launchers/launcher.ts";
import { LocalLauncher } from "../launchers/local/local_launcher.ts";
import type { TaskConfig } from "../model/config.ts";
import type { JobOrigin } from "../model/job_origin.ts";
import type { Reporter, RunHandle } from "../model/reporter.ts";
import {
  chunkSizeOf,
  describeJob,
  resolveConfig,
  type ResolvedConfig,
} from "../model/resolve_config.ts";
import type { RunSummary, StopSignal } from "../model/types.ts";
import { knownFields, requireMethod, wrongType } from "../model/value_types.ts";
import type { OutputRun } from "../output/output.ts";
import { OutputFanout } from "../output/output_fanout.ts";
import { checkLimits } from "./admission/policies.ts";
import { checkClock, CheckedClock } from "./checked_clock.ts";
import type { GetCommand } from "./command.ts";
import { openDirectories } from "./directories.ts";
import { EventBus } from "./event_bus.ts";
import { mostItems } from "./item_space.ts";
import { claimItems } from "./one_shot_items.ts";
import { openOrder, type StartOrdering } from "./start_order.ts";
import { PatientOutput } from "./patient_output.ts";
import { Run, type RunSetup } from "./run.ts";
import { RunControl } from "./run_control.ts";
import {
  checkCommand,
  checkOrigin,
  checkRunOptions,
  checkSpace,
  type RunOptions,
} from "./run_options.ts";
import { askCapacity, type AskedCapacity } from "./launcher_capacity.ts";
import { boundWorkers, type PlannedConfig, planSlots } from "./slot_plan.ts";
import { outliveSizeLimit } from "../base/size_limit.ts";
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
   * The command of the workers as a person wrote it. A journal records it, and a run that resumes the job must have the same
   * one. If it is left out, commands are not compared.
   */
  command?: readonly string[];
  /**
   * What a journal records of the job beside the config: its directory, the sources of its items, and the options that the
   * program was given. If it is left out, the sources follow from the config.
   */
  origin?: JobOrigin;
  /**
   * How much the items of a range may take together, in a job of `items`, such as the length of a command line. Each item takes
   * `costOf(item)` of the `room`. A range ends before an item that does not fit in, even if it has fewer items than
   * `chunkSize`. An item that costs Infinity has a range of its own. If `costOf` throws, or returns
   * less than 0 or no number, reading ends there: a warning says so, and the run does not end well.
   *
   * @default {no limit}
   */
  itemSpace?: { readonly room: number; readonly costOf: (item: string) => number };
  /**
   * Tells the time.
   *
   * @default {systemClock}
   */
  clock?: Clock;
}

/**
 * Runs a job as many worker processes, to its end.
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
  readonly #itemSpace: ExecutorOptions["itemSpace"];
  readonly #clock: Clock;

  /**
   * Creates an executor of a job. Each call of {@linkcode SubprocessExecutor.run} runs the job.
   *
   * @throws {ConfigError} If a field is unknown, or its value has a wrong type or is out of its bounds.
   */
  constructor(config: TaskConfig, getCommand: GetCommand, options: ExecutorOptions = {}) {
    resolveConfig(config);
    this.#config = config;
    if (typeof getCommand !== "function") {
      throw wrongType("getCommand", "a function", getCommand);
    }
    this.#getCommand = getCommand;
    knownFields(options, {
      name: "options",
      fields: ["launcher", "command", "origin", "itemSpace", "clock"],
    });
    if (options.launcher !== undefined) {
      requireMethod(options.launcher, { name: "launcher", method: "launch" });
    }
    this.#launcher = options.launcher ?? new LocalLauncher();
    this.#command = checkCommand(options.command);
    this.#origin = checkOrigin(options.origin);
    this.#itemSpace = checkSpace(options.itemSpace);
    this.#clock = checkClock(options.clock ?? systemClock);
  }

  /**
   * Runs the job to its end. Resolves with a summary, and never rejects because work failed. The same as
   * `start(reporters, options).summary`.
   *
   * @param reporters One or more that watch the run; none if left out.
   * @param options How the run is recorded and stopped, and where its output goes; may be left out.
   * @throws {ConfigError} If an argument is not as it must be, the directory of logs or results cannot be made, or the
   * launcher's capacity is not a positive integer.
   * @throws {JournalError} If the journal cannot be used.
   */
  async run(
    reporters: Reporter | readonly Reporter[] = [],
    options: RunOptions = {},
  ): Promise<RunSummary> {
    return await this.start(reporters, options).summary;
  }

  /**
   * Starts the job, and returns a handle on the run at once. Takes what {@linkcode SubprocessExecutor.run} takes. If
   * something else keeps the run from starting, such as a journal that cannot be used, `summary` rejects.
   *
   * @example
   * ```ts
   * import { SubprocessExecutor } from "@lambdawaker/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const executor = new SubprocessExecutor({ totalItems: 2 }, () => ["sleep", "60"]);
   * const run = executor.start();
   * run.stop();
   * assertEquals((await run.summary).stoppedBy, { kind: "request" });
   * ```
   *
   * @throws {ConfigError} If an argument is not as it must be.
   */
  start(
    reporters: Reporter | readonly Reporter[] = [],
    options: RunOptions = {},
  ): RunHandle {
    const watchers = [reporters].flat();
    checkRunOptions(watchers, options);
    const { journal, output } = options;
    const clock: Clock = new CheckedClock(this.#clock, (text) => {
      bus.publish({ kind: "warning", text });
    });
    const bus = new EventBus([...(journal ? [journal] : []), ...watchers], clock);
    bus.holdUntilStart();
    const print = bus.share(output);
    const control = new RunControl(bus);
    control.settle(this.#run(control, { ...options, clock, bus, print }));
    return control;
  }

  async #run(
    control: RunControl,
    { clock, bus, print, signal, handleSignals = true, journal, output }:
      & RunOptions
      & RunParts,
  ): Promise<RunSummary> {
    restoreChildSignal();
    const ending = signal === undefined
      ? control.ending
      : AbortSignal.any([signal, control.ending]);
    const warn = (text: string) => bus.publish({ kind: "warning", text });
    const config = await this.#resolveConfig({ clock, ending, warn });
    using _sizeLimit = outliveSizeLimit();
    const order = openOrder(config.order);
    using owned = new DisposableStack();
    const run = this.#prepare(config, { clock, bus, print, journal, output, order, owned });
    bus.control(control);
    run.start();
    control.attach(run);
    using _signals = handleSignals ? stopOnSignals(run, bus) : undefined;
    using _abort = signal && onAbort(signal, () => {
      run.stop({ how: "stop", cause: { kind: "abort" } });
    });
    return await run.finish();
  }

  /** Resolves the config. If `numWorkers` is left out, the launcher decides, or what there is for workers to have. */
  async #resolveConfig(asked: AskedCapacity): Promise<PlannedConfig> {
    const given = this.#config;
    const planning = planSlots(given);
    const slots = planning instanceof Promise ? await planning : planning;
    const isPlanned = slots.maxWorkers < Infinity;
    const wanted = given.numWorkers ??
      (isPlanned
        ? slots.maxWorkers
        : await askCapacity(this.#launcher, asked) ?? navigator.hardwareConcurrency);
    const { numWorkers, warning } = boundWorkers(wanted, slots);
    if (warning !== undefined) asked.warn(warning);
    const resolved = resolveConfig({ ...given, numWorkers });
    checkLimits(resolved, () => new ThisMachine());
    const config = isPlanned ? { ...resolved, slots } : resolved;
    const { job } = config;
    // A resumed run may have more ranges than a new one, if their boundaries are others.
    if (job.kind === "counted") return { ...config, numWorkers };
    if (this.#itemSpace === undefined) return config;
    // There may be more ranges than the size of a chunk tells.
    const chunkSize = Math.min(job.chunkSize, mostItems(job.items, this.#itemSpace));
    const { totalItems } = job;
    const ranges = totalItems === undefined ? Infinity : Math.ceil(totalItems / chunkSize);
    return { ...config, numWorkers: Math.min(numWorkers, ranges) };
  }

  /** Opens directories and journal for a run. */
  #prepare(
    config: PlannedConfig,
    { clock, bus, print, journal, output, order, owned }:
      & RunParts
      & Pick<RunOptions, "journal" | "output">
      & { order: StartOrdering | undefined; owned: DisposableStack },
  ): Run {
    const warn = (text: string, { isUnwritten }: { isUnwritten?: boolean } = {}) =>
      bus.publish({ kind: "warning", text, isUnwritten });
    const unwritten = (text: string) => warn(text, { isUnwritten: true });
    const { job, stdin } = config;
    const command = this.#command;
    const runId = crypto.randomUUID();
    const chunkSize = chunkSizeOf(job);
    const recovery = journal === undefined
      ? new Recovery()
      : beginJournal(journal, { job: { ...describeJob(job), command, stdin }, chunkSize, warn });
    const directories = { runId, clock, recovery, unwritten, owned };
    const { results, logs } = orClose(journal, () => openDirectories(config, directories));
    const patient = output && new PatientOutput(output, () => run.patience);
    const given = [results, patient].filter((each) => each !== undefined);
    const outputs = OutputFanout.open(given, {
      warn,
      unwritten,
      ...print,
      written: (range) => bus.publish({ kind: "output-written", range }),
      lost: (range) => bus.publish({ kind: "output-lost", ...range }),
      readerGone: () => run.loseReader(),
    });
    if (job.kind === "items") claimItems(job.items);
    const { reportsWritten } = outputs;
    const earlier = results?.earlier;
    const unsettled = recovery.settle({ results: earlier, reportsWritten });
    const directory = (recovery.assumed?.results ?? results)?.path;
    for (const text of describeUnsettled(unsettled, directory)) warn(text);
    try {
      earlier?.settle(unsettled, (range) => recovery.knows(range));
    } catch (error) {
      unwritten(
        `results of earlier runs may be incomplete, or be there twice: ${errorMessage(error)}`,
      );
    }
    const plan = orClose(journal, () => planRanges(config, recovery));
    const run: Run = new Run({
      runId,
      config,
      getCommand: this.#getCommand,
      command,
      origin: this.#origin,
      itemSpace: this.#itemSpace,
      order,
      launcher: this.#launcher,
      clock,
      bus,
      logs,
      results,
      outputs,
      recovery,
      plan,
      settleRecord: journal && (() => settleJournal(journal)),
    });
    return run;
  }
}

/** What {@linkcode SubprocessExecutor.start} makes for a run. */
interface RunParts {
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly print: Pick<OutputRun, "print" | "printError">;
}

/** Calls a function, and closes the journal if it fails. */
function orClose<T>(journal: Journal | undefined, call: () => T): T {
  try {
    return call();
  } catch (error) {
    journal?.close();
    throw error;
  }
}

/** Returns the ranges of a job of numbers; undefined if the job is made of strings. */
function planRanges({ job, retryFrom }: ResolvedConfig, recovery: Recovery): RunSetup["plan"] {
  if (job.kind === "items") return undefined;
  return recovery.plan({ ...job, chunkSize: chunkSizeOf(job) }, retryFrom);
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
  stack.use(closeDebugger(run, bus));
  return stack;
}

/** Closes the debugger that SIGUSR1 opens, until the returned object is disposed of. Ends the run if that is not permitted. */
function closeDebugger(run: Run, bus: EventBus): Disposable {
  let hasWarned = false;
  return guardDebugger((end) => {
    if (hasWarned) return;
    hasWarned = true;
    if (end === "closed") {
      return bus.publish({ kind: "warning", text: `${DEBUGGER_OPENED}: it was closed at once` });
    }
    const text = `${DEBUGGER_OPENED}; only --allow-sys=inspector permits to close it: the run ends`;
    bus.publish({ kind: "warning", text });
    run.stop({ how: "stop", cause: { kind: "signal", signal: "SIGTERM" } });
  });
}

/** Time for the terminal to take the rest of a frame, in milliseconds. */
const LEAVE_MS = 100;

/** Ends this process by a signal, without waiting for the run. */
function leave(bus: EventBus, stopSignals: Disposable, signal: StopSignal): void {
  bus.abandon();
  stopSignals[Symbol.dispose]();
  setTimeout(() => void reraise(signal), LEAVE_MS);
}
