/**
 * Trial run: one worker, run once, with both of its streams inspected.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { CommandParts, GetCommand } from "../engine/command.ts";
import { SubprocessExecutor } from "../engine/executor.ts";
import type { AttemptEnd, RunEvent } from "../model/events.ts";
import type { Launcher, WorkerCommand, WorkerProcess } from "../launchers/launcher.ts";
import type { TaskConfig } from "../model/config.ts";
import type { Protocol } from "../model/protocol.ts";
import type { RangeOrder } from "../output/protocol/resident.ts";
import type { RunSummary, StopSignal, WorkerState } from "../model/types.ts";
import { Arrivals } from "./arrivals.ts";
import { Conversation } from "./conversation.ts";
import { DisplayWatch } from "./display_watch.ts";
import type {
  ArrivalFacts,
  DisplayFacts,
  DoctorRange,
  ResidentFacts,
  StreamFacts,
} from "./observation.ts";
import { StreamInspector, type StreamInspectorOptions } from "./stream_inspector.ts";

/** Options of {@linkcode runTrial}: the worker, and limits of the run. */
export interface TrialOptions {
  readonly range: DoctorRange;
  readonly getCommand: GetCommand;
  /** The pattern that its progress is read by; absent if it prints signals. */
  readonly pattern?: GivenPattern;
  /** Milliseconds after which the worker is asked to end. */
  readonly timeout: number;
  /** Milliseconds from asking the worker to end to killing it. */
  readonly gracePeriod: number;
  readonly launcher: Launcher;
  readonly clock: Clock;
  /** The ranges that a resident worker gets; absent if the worker has a process for each range. */
  readonly orders?: readonly RangeOrder[];
}

/** A pattern, and the value of `--progress-pattern` that it was read from. */
export interface GivenPattern {
  readonly option: string;
  readonly protocol: () => Protocol;
}

/** Callbacks of a trial run, and the signal that stops it. */
export interface TrialControl {
  /** Asks the worker to end, with SIGTERM. */
  signal?: AbortSignal;
  /** Called when the process was started. */
  onStart?: () => void;
  /** Called for each chunk that the worker prints. */
  onChunk?: () => void;
}

/** Facts about a process that was started. Times are in milliseconds since 1970. */
export interface ProcessFacts {
  readonly stdout: StreamFacts;
  readonly stderr: StreamFacts;
  readonly arrivals: ArrivalFacts;
  readonly displays: DisplayFacts;
  readonly startedAt: number;
  readonly exitedAt: number;
  /** The time of the first SIGTERM; absent if none was sent. */
  readonly terminatedAt?: number;
}

/** The result of a trial run. */
export interface TrialResult {
  readonly summary: RunSummary;
  readonly end: AttemptEnd;
  /** The last lines that were not signals. */
  readonly log: readonly string[];
  /** Absent if the process could not be started. */
  readonly process?: ProcessFacts;
  /** What a resident worker has answered. */
  readonly resident?: ResidentFacts;
}

/** The number of log lines that are kept. */
const LOG_LINES = 5;

/** Runs the worker until it ends, is stopped, or is killed. */
export async function runTrial(
  options: TrialOptions,
  control: TrialControl = {},
): Promise<TrialResult> {
  const { timeout, gracePeriod, clock, pattern, orders } = options;
  const remains = new AbortController();
  const onRemains = () => remains.abort();
  const conversation = orders &&
    new Conversation({ orders, clock, timeout, gracePeriod, onRemains });
  let inspector: ProcessInspector | undefined;
  const launcher = tapLauncher(options.launcher, {
    prepare: conversation === undefined ? undefined : asResident,
    tap: (process) => {
      const { onChunk } = control;
      inspector = new ProcessInspector({ onChunk, clock, pattern, resident: conversation });
      control.onStart?.();
      conversation?.hold(process);
      return inspector.start(process);
    },
  });
  let end: AttemptEnd = { status: "PENDING", cause: { kind: "stopped" }, progress: 0 };
  let log: readonly string[] = [];
  const report = (event: RunEvent, { workers: [worker] }: { workers: readonly WorkerState[] }) => {
    if (event.kind === "attempt-ended") end = event;
    if (event.kind === "run-ended") log = worker?.log.slice(-LOG_LINES) ?? [];
  };
  const executor = new SubprocessExecutor(
    {
      ...workOf(options.range),
      numWorkers: 1,
      // It is run once, whatever its end says.
      maxTemporary: 0,
      maxLost: 0,
      // A resident worker is asked to end by the end of its input first.
      timeout: conversation === undefined ? timeout : undefined,
      gracePeriod,
      protocol: pattern?.protocol,
    },
    commandForRange(options),
    { launcher, clock },
  );
  const signal = AbortSignal.any([remains.signal, ...(control.signal ? [control.signal] : [])]);
  const summary = await executor.run({ report }, { signal });
  const killed = end.exit?.kind === "signaled" || isStopped(end);
  const process = await inspector?.facts({ killed });
  return { summary, end, log, process, resident: conversation?.facts() };
}

/** Returns whether the executor ended the attempt. */
export function isStopped({ cause }: AttemptEnd): boolean {
  return cause?.kind === "stopped" || cause?.kind === "timeout";
}

/** Returns the signal that stopped the run, or `undefined` if none did. */
export function signalOf({ stoppedBy }: RunSummary): StopSignal | undefined {
  return stoppedBy?.kind === "signal" ? stoppedBy.signal : undefined;
}

/** Returns the job whose only range is that of the trial. */
function workOf({ startIndex, endIndex, totalItems, items }: DoctorRange): TaskConfig {
  if (items === undefined) return { totalItems: endIndex - startIndex };
  // As in a run, the total is unknown to workers if the list does not tell it.
  const list = totalItems === undefined ? ReadableStream.from(items) : items;
  return { items: list, chunkSize: items.length };
}

/**
 * Returns the command for the range of the trial. A range of numbers does not begin at item 0, so that a worker that counts
 * from the start of the job differs from one that counts from the start of its range.
 */
function commandForRange({ getCommand, range, orders }: TrialOptions): GetCommand {
  if (orders !== undefined) return getCommand;
  const { startIndex, endIndex, totalItems } = range;
  return async (worker) => {
    const extraData = { ...worker.extraData, startIndex, endIndex };
    const given = await getCommand({ ...worker, extraData });
    const { command, args, env, cwd }: CommandParts = "command" in given
      ? given
      : { command: given[0] ?? "", args: given.slice(1) };
    const ofRange = {
      EXECUTOR_START: `${startIndex}`,
      EXECUTOR_END: `${endIndex}`,
      ...(totalItems === undefined ? {} : { EXECUTOR_TOTAL: `${totalItems}` }),
    };
    return { command, args, cwd, env: { ...env, ...ofRange } };
  };
}

/** Variables that a resident worker does not have. */
const OF_RANGE = ["START", "END", "ITEM", "ITEM_COUNT", "ATTEMPT"].map((name) =>
  `EXECUTOR_${name}`
);

/** Makes the command of a resident worker from that of a worker with a range. */
function asResident(command: WorkerCommand): WorkerCommand {
  const env = Object.entries(command.env ?? {}).filter(([name]) => !OF_RANGE.includes(name));
  return {
    ...command,
    env: { ...Object.fromEntries(env), EXECUTOR_RESIDENT: "1" },
    stdin: "piped",
  };
}

/** Wraps a launcher so that each command passes through `prepare`, and each process that it starts through `tap`. */
function tapLauncher(
  launcher: Launcher,
  { prepare = (command) => command, tap }: {
    prepare?: (command: WorkerCommand) => WorkerCommand;
    tap: (process: WorkerProcess) => WorkerProcess;
  },
): Launcher {
  return {
    open: launcher.open && (async (run) => {
      const opened = await launcher.open!(run);
      return {
        launch: async (command) => tap(await opened.launch(prepare(command))),
        [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
      };
    }),
    launch: async (command) => tap(await launcher.launch(prepare(command))),
  };
}

/** Inspects the streams of a process and records the times of its start, its first SIGTERM and its exit. */
class ProcessInspector {
  readonly #arrivals = new Arrivals();
  readonly #stdout: StreamInspector;
  readonly #stderr: StreamInspector;
  readonly #displays: DisplayWatch;
  readonly #startedAt: number;
  readonly #clock: Clock;
  #exitedAt: number | undefined;
  #terminatedAt: number | undefined;

  constructor(
    { onChunk, clock, pattern, resident }:
      & Pick<TrialControl, "onChunk">
      & Pick<TrialOptions, "clock" | "pattern">
      & Pick<StreamInspectorOptions, "resident">,
  ) {
    this.#clock = clock;
    const displays = this.#displays = new DisplayWatch(pattern?.option);
    this.#startedAt = clock.now();
    this.#stdout = new StreamInspector({
      onChunk: (bytes) => {
        this.#arrivals.addChunk(bytes, clock.now());
        onChunk?.();
      },
      onSignal: () => this.#arrivals.addSignal(clock.now()),
      resident,
      onText: (text) => displays.look(text, "stdout"),
    });
    this.#stderr = new StreamInspector({
      onChunk,
      // There, they are no answers, but lines that look like some.
      resident: resident && { takeAnswer: () => {}, takeSignal: () => {} },
      onText: (text) => displays.look(text, "stderr"),
    });
  }

  /** Begins to inspect a process that was just started, and returns it as the executor is to use it. */
  start(process: WorkerProcess): WorkerProcess {
    return {
      pid: process.pid,
      stdout: this.#stdout.start(process.stdout),
      stderr: this.#stderr.start(process.stderr),
      status: this.#timed(process.status),
      kill: (signal) => {
        if (signal === "SIGTERM") this.#terminatedAt ??= this.#clock.now();
        process.kill(signal);
      },
      groupIsAlive: () => process.groupIsAlive(),
      claimAll: () => process.claimAll?.(),
      groupIsAtWork: () => process.groupIsAtWork?.() ?? false,
      search: async () => await process.search?.(),
    };
  }

  async facts(end: { killed: boolean }): Promise<ProcessFacts> {
    const stdout = await this.#stdout.facts(end);
    const stderr = await this.#stderr.facts(end);
    const exitedAt = this.#exitedAt ?? this.#clock.now();
    const arrivals = this.#arrivals.facts(exitedAt);
    return {
      stdout,
      stderr,
      arrivals,
      displays: this.#displays.facts(),
      startedAt: this.#startedAt,
      exitedAt,
      terminatedAt: this.#terminatedAt,
    };
  }

  async #timed<T>(status: Promise<T>): Promise<T> {
    const exit = await status;
    this.#exitedAt = this.#clock.now();
    return exit;
  }
}
