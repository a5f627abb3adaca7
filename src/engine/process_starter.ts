/**
 * Start of an attempt's process, which waits while the system is short of files, processes or memory.
 *
 * @module
 */
import { unlessAborted } from "../base/abort.ts";
import { type Clock, every } from "../base/clock.ts";
import { errorMessage, exhaustedResource } from "../base/errors.ts";
import {
  type Launcher,
  LaunchError,
  type Placement,
  type WorkerCommand,
  type WorkerProcess,
} from "../launchers/launcher.ts";
import type { AttemptEvent } from "../model/event_body.ts";
import type { AttemptRef } from "../model/events.ts";
import { checkedPlacement } from "./guarded_process.ts";
import { LaunchTurns } from "./launch_turns.ts";
import type { AttemptLog, LogDirectory } from "../output/log_directory.ts";

/** A remote process that has no node after this time is reported as waiting for one, in milliseconds. */
const PLACEMENT_NOTICE_MS = 2_000;

/** Options of {@linkcode ProcessStarter}. */
export interface ProcessStarterOptions {
  readonly launcher: Launcher;
  readonly clock: Clock;
  /** Keeps everything that an attempt prints, in a file per attempt. */
  readonly logs?: LogDirectory;
}

/** Options of {@linkcode ProcessStarter.start}. */
export interface StartOptions {
  readonly ref: AttemptRef;
  /** Publishes an event of the attempt. */
  readonly emit: (event: AttemptEvent) => void;
  /** Prepares the outputs; called before each launch. */
  readonly beforeLaunch?: () => Promise<void> | undefined;
  /** Releases the outputs; called after a launch that failed. */
  readonly afterFailure?: () => Promise<void> | undefined;
  /** Stops waiting for room. */
  readonly signal: AbortSignal;
}

/** A process that was started. It counts as running until it is disposed of. */
export interface StartedProcess extends Disposable {
  readonly process: WorkerProcess;
  readonly log?: AttemptLog;
  /** What it has for itself, to be disposed of when nothing of it is left. */
  readonly slot?: Disposable;
}

/** Starts the processes of a run. */
export class ProcessStarter implements Disposable {
  readonly #options: ProcessStarterOptions;
  readonly #backpressure: SpawnBackpressure;
  readonly #turns = new LaunchTurns();

  /** Creates a starter for one run. */
  constructor(options: ProcessStarterOptions) {
    this.#options = options;
    this.#backpressure = new SpawnBackpressure(options.clock);
  }

  /**
   * Starts the process of an attempt and opens its log. Returns `undefined` if `signal` is aborted while the start waits.
   *
   * @throws {LaunchError} If the process cannot be started.
   */
  async start(command: WorkerCommand, options: StartOptions): Promise<StartedProcess | undefined> {
    const { launcher } = this.#options;
    const prepared = await this.#prepare(options, async () => {
      await this.#turns.pass();
      return await launcher.launch(command);
    });
    if (prepared === undefined) return undefined;
    const { value: process, log } = prepared;
    const argv = [command.command, ...command.args];
    // A placement that rejects fails the attempt, which waits for it too.
    this.#announce(process, { argv, emit: options.emit }).catch(() => {});
    return { process, log, ...this.#backpressure.enter() };
  }

  /** Opens the log of an attempt whose process runs already, and returns the log if there is one; otherwise like `start`. */
  async continue(options: StartOptions): Promise<{ readonly log?: AttemptLog } | undefined> {
    // There is nothing that could be short.
    const needsNothing = this.#options.logs === undefined && options.beforeLaunch === undefined;
    if (needsNothing) return options.signal.aborted ? undefined : {};
    return await this.#prepare(options, () => undefined);
  }

  /** Prepares the outputs of an attempt, and calls `launch`; again if there was no room for all of that. */
  async #prepare<T>(
    { ref, emit, beforeLaunch, afterFailure, signal }: StartOptions,
    launch: () => T | Promise<T>,
  ): Promise<{ readonly value: T; readonly log?: AttemptLog } | undefined> {
    const { logs } = this.#options;
    return await this.#backpressure.whenAvailable(async () => {
      await using stack = new AsyncDisposableStack();
      const log = logs && stack.use(logs.open(ref));
      // A launch that waits must not hold files open that others need to end.
      stack.defer(() => afterFailure?.());
      await beforeLaunch?.();
      const value = await launch();
      stack.move();
      return { value, log };
    }, {
      signal,
      onWait: (reason) =>
        emit({ kind: "launch-delayed", reason: `waits for others to end: ${reason}` }),
    });
  }

  /** Ends it: all processes of the run have been started. */
  [Symbol.dispose](): void {
    this.#turns[Symbol.dispose]();
  }

  /** Publishes `spawned` once the process runs somewhere. */
  async #announce(
    process: WorkerProcess,
    { argv, emit }: { argv: readonly string[]; emit: StartOptions["emit"] },
  ): Promise<void> {
    const spawned = ({ pid = process.pid, node, id }: Partial<Placement>) =>
      emit({ kind: "spawned", pid, argv, node, engineId: id });
    if (process.placement === undefined) return spawned({});
    using _notice = this.#options.clock.after(PLACEMENT_NOTICE_MS, () => {
      emit({ kind: "launch-delayed", reason: "waits for a node" });
    });
    const placement = checkedPlacement(await process.placement);
    if (placement !== undefined) spawned(placement);
  }
}

/** Time after which a refused launch is tried again even if no attempt has ended: other programs may have. */
const RETRY_MS = 1_000;
/** Refusals in a row after which a launch fails if no attempt runs: it is other programs that use up the system. */
const MAX_REFUSED_ALONE = 30;

/** Makes a launch that the system has no room for wait until a running attempt ends. */
class SpawnBackpressure {
  readonly #clock: Clock;
  /** Wakes launches that wait, the first one first. */
  readonly #waiting: (() => void)[] = [];
  #timer: Disposable | undefined;
  #running = 0;

  /** Creates the backpressure of one run. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts an attempt as running until the returned object is disposed of. */
  enter(): Disposable {
    this.#running++;
    return {
      [Symbol.dispose]: () => {
        this.#running--;
        this.#waiting.shift()?.();
      },
    };
  }

  /**
   * Calls `launch` until there is room for it, and returns its result. Returns `undefined` if `signal` is aborted first.
   *
   * @param options `onWait` is called before the first wait, with the reason.
   * @throws The error of `launch`, if it has another cause, or if there is no room though no attempt runs.
   */
  async whenAvailable<T>(
    launch: () => Promise<T>,
    { signal, onWait }: { signal: AbortSignal; onWait: (reason: string) => void },
  ): Promise<T | undefined> {
    let hasWaited = false;
    for (let refusedAlone = 0; !signal.aborted;) {
      try {
        return await launch();
      } catch (error) {
        if (!isExhausted(error)) throw error;
        refusedAlone = this.#running > 0 ? 0 : refusedAlone + 1;
        if (refusedAlone === MAX_REFUSED_ALONE) throw error;
        if (!hasWaited) onWait(errorMessage(error));
        hasWaited = true;
      }
      await this.#wait(signal);
    }
    return undefined;
  }

  /** Waits for an attempt to end. From time to time, one of those that wait tries even so; all of them if no attempt runs. */
  async #wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#timer ??= every(this.#clock, RETRY_MS, () => {
      const count = this.#running === 0 ? this.#waiting.length : 1;
      for (const wake of this.#waiting.splice(0, count)) wake();
    });
    await unlessAborted(promise, signal);
    const at = this.#waiting.indexOf(resolve);
    if (at >= 0) this.#waiting.splice(at, 1);
    if (this.#waiting.length > 0) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}

function isExhausted(error: unknown): boolean {
  return error instanceof LaunchError ? error.exhausted : exhaustedResource(error) !== undefined;
}
