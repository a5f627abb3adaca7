/**
 * One run of one worker, listened to.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { GetCommand } from "../engine/command.ts";
import { SubprocessExecutor } from "../engine/executor.ts";
import type { AttemptEnd, RunEvent } from "../model/events.ts";
import type { Launcher, WorkerProcess } from "../launchers/launcher.ts";
import type { RunSummary, StopSignal, WorkerState } from "../model/types.ts";
import { Arrivals } from "./arrivals.ts";
import { Listener } from "./listener.ts";
import { listeningLauncher } from "./tapped_launcher.ts";
import type { ArrivalFacts, DoctorRange, StreamFacts } from "./observation.ts";

/** What is run, and how. */
export interface OneRunOptions {
  readonly range: DoctorRange;
  /** Fills the placeholders of the command in. */
  readonly fill: (worker: WorkerState) => readonly string[];
  /** Milliseconds after which it is asked to end. */
  readonly timeout: number;
  /** Milliseconds from asking it to end to killing it. */
  readonly gracePeriod: number;
  readonly launcher: Launcher;
  readonly clock: Clock;
}

/** What may happen meanwhile. */
export interface OneRunControl {
  /** Asks it to end with SIGTERM. */
  signal?: AbortSignal;
  onStart?: () => void;
  /** Called for each piece of what it prints. */
  onPiece?: () => void;
}

/** What was heard of a process. */
export interface Heard {
  readonly stdout: StreamFacts;
  readonly stderr: StreamFacts;
  readonly arrivals: ArrivalFacts;
  readonly startedAt: number;
  readonly exitedAt: number;
  /** When it was sent SIGTERM; absent when it was not. */
  readonly askedAt?: number;
}

/** What came of the run. */
export interface OneRunResult {
  readonly summary: RunSummary;
  readonly end: AttemptEnd;
  /** Its last lines that were no signals. */
  readonly log: readonly string[];
  /** Absent when it never started. */
  readonly heard?: Heard;
}

/** How many of its last lines are kept. */
const LOG_LINES = 5;

/** Runs the worker to its end, whatever that is. */
export async function runOnce(
  options: OneRunOptions,
  control: OneRunControl = {},
): Promise<OneRunResult> {
  const { range: { startIndex, endIndex }, timeout, gracePeriod, clock } = options;
  let hearing: Hearing | undefined;
  const launcher = listeningLauncher(options.launcher, (process) => {
    hearing = new Hearing(process, { ...control, clock });
    control.onStart?.();
    return hearing.process;
  });
  let end: AttemptEnd = { status: "FAILED", reason: "stopped", progress: 0 };
  let log: readonly string[] = [];
  const report = (event: RunEvent, { workers: [worker] }: { workers: readonly WorkerState[] }) => {
    if (event.kind === "attempt-ended") end = event;
    if (event.kind === "run-ended") log = worker?.log.slice(-LOG_LINES) ?? [];
  };
  const executor = new SubprocessExecutor(
    { totalItems: endIndex - startIndex, numWorkers: 1, timeout, gracePeriod },
    moved(options),
    { launcher, clock },
  );
  const summary = await executor.run({ report }, { signal: control.signal });
  const killed = end.exit?.kind === "signaled" || isStopped(end);
  return { summary, end, log, heard: await hearing?.facts({ killed }) };
}

/** Whether the executor ended it. */
export function isStopped({ reason }: AttemptEnd): boolean {
  return reason === "stopped" || reason === "timeout";
}

/** The signal that ended the run, if one did. */
export function signalOf({ stoppedBy }: RunSummary): StopSignal | undefined {
  return stoppedBy?.kind === "signal" ? stoppedBy.signal : undefined;
}

/** The command of a range that does not begin with the first item: what counts from 0 and what does not can be told. */
function moved({ fill, range }: OneRunOptions): GetCommand {
  const { startIndex, endIndex, totalItems } = range;
  return (worker) => {
    const extraData = { ...worker.extraData, startIndex, endIndex };
    const [command = "", ...args] = fill({ ...worker, extraData });
    const env = {
      EXECUTOR_START: `${startIndex}`,
      EXECUTOR_END: `${endIndex}`,
      EXECUTOR_TOTAL: `${totalItems}`,
    };
    return { command, args, env };
  };
}

/** Listens to a process. */
class Hearing {
  /** The process as the run sees it. */
  readonly process: WorkerProcess;
  readonly #arrivals = new Arrivals();
  readonly #stdout: Listener;
  readonly #stderr: Listener;
  readonly #startedAt: number;
  readonly #clock: Clock;
  #exitedAt: number | undefined;
  #askedAt: number | undefined;

  constructor(process: WorkerProcess, { onPiece, clock }: OneRunControl & { clock: Clock }) {
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#stdout = new Listener(process.stdout, {
      onPiece: (bytes) => {
        this.#arrivals.piece(bytes, clock.now());
        onPiece?.();
      },
      onSignal: () => this.#arrivals.signal(clock.now()),
    });
    this.#stderr = new Listener(process.stderr, { onPiece });
    this.process = {
      pid: process.pid,
      stdout: this.#stdout.stream,
      stderr: this.#stderr.stream,
      status: this.#timed(process.status),
      kill: (signal) => {
        if (signal === "SIGTERM") this.#askedAt ??= clock.now();
        process.kill(signal);
      },
      groupIsAlive: () => process.groupIsAlive(),
    };
  }

  async facts(end: { killed: boolean }): Promise<Heard> {
    const stdout = await this.#stdout.facts(end);
    const stderr = await this.#stderr.facts(end);
    const exitedAt = this.#exitedAt ?? this.#clock.now();
    const arrivals = this.#arrivals.facts(exitedAt);
    return {
      stdout,
      stderr,
      arrivals,
      startedAt: this.#startedAt,
      exitedAt,
      askedAt: this.#askedAt,
    };
  }

  async #timed<T>(status: Promise<T>): Promise<T> {
    const exit = await status;
    this.#exitedAt = this.#clock.now();
    return exit;
  }
}
