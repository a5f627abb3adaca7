/**
 * The start of an attempt's process, when there is room for it.
 *
 * @module
 */
import { type Clock, sleep } from "../base/clock.ts";
import { errorMessage, exhaustedResource } from "../base/errors.ts";
import {
  type Launcher,
  LaunchError,
  type WorkerCommand,
  type WorkerProcess,
} from "../launchers/launcher.ts";
import type { AttemptRef } from "../model/events.ts";
import type { AttemptLog, LogDirectory } from "../output/log_directory.ts";

/** Options of {@linkcode startAttempt}. */
export interface StartOptions {
  readonly ref: AttemptRef;
  readonly launcher: Launcher;
  readonly logs?: LogDirectory;
  readonly occupancy: SpawnBackpressure;
  /** Makes the outputs ready for what it prints. */
  readonly begin?: () => Promise<void> | undefined;
  /** Gives up waiting. */
  readonly signal: AbortSignal;
  /** Called when there is no room, once, with the reason. */
  readonly onDelay: (reason: string) => void;
}

/** A process that has just been started. */
export interface Started {
  readonly process: WorkerProcess;
  /** Where all that it prints is kept. */
  readonly log?: AttemptLog;
}

/**
 * Starts a process, and its log. Where the system has no room for them, waits until others have ended; nothing when the
 * run is stopped before.
 *
 * @throws {LaunchError} If it cannot be started.
 */
export async function startAttempt(
  command: WorkerCommand,
  { ref, launcher, logs, occupancy, begin, signal, onDelay }: StartOptions,
): Promise<Started | undefined> {
  let lack: unknown;
  const started = await occupancy.whenAvailable(async () => {
    await using stack = new AsyncDisposableStack();
    try {
      const log = logs && stack.use(logs.open(ref));
      await begin?.();
      const process = await launcher.launch(command);
      stack.move();
      return { process, log };
    } catch (error) {
      if (!isExhausted(error)) throw error;
      if (lack === undefined) onDelay(`waits for others to end: ${errorMessage(error)}`);
      lack = error;
      return undefined;
    }
  }, signal);
  if (started === undefined && !signal.aborted) throw lack;
  return started;
}

function isExhausted(error: unknown): boolean {
  return error instanceof LaunchError ? error.exhausted : exhaustedResource(error) !== undefined;
}

/** Whatever our own workers do, somebody else's may have ended by then. */
const LOOK_AGAIN_MS = 1_000;
/** How often a launch is tried again with none of our own workers running: then it is not they who take the room. */
const MAX_LOOKS_ALONE = 30;

/** Knows how many attempts run, and makes a launch that found no room wait until one has ended. */
export class SpawnBackpressure {
  readonly #clock: Clock;
  readonly #waiting: AbortController[] = [];
  #running = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An attempt runs, until what is returned is disposed of. */
  enter(): Disposable {
    this.#running++;
    return {
      [Symbol.dispose]: () => {
        this.#running--;
        this.#waiting.shift()?.abort();
      },
    };
  }

  /** Calls `launch` until it says something, waiting for room in between; nothing when it never did, or `signal` was aborted. */
  async whenAvailable<T>(
    launch: () => Promise<T | undefined>,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    for (let alone = 0; alone < MAX_LOOKS_ALONE && !signal.aborted;) {
      const launched = await launch();
      if (launched !== undefined) return launched;
      alone = this.#running > 0 ? 0 : alone + 1;
      const ended = new AbortController();
      this.#waiting.push(ended);
      await sleep(this.#clock, LOOK_AGAIN_MS, AbortSignal.any([ended.signal, signal]));
      if (!ended.signal.aborted) this.#waiting.splice(this.#waiting.indexOf(ended), 1);
    }
    return undefined;
  }
}
