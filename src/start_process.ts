/**
 * The start of an attempt's process, when there is room for it.
 *
 * @module
 */
import type { AttemptLog } from "./attempt_log.ts";
import { errorMessage } from "./error_message.ts";
import type { AttemptRef } from "./events.ts";
import { lackOf } from "./launchers/lack.ts";
import {
  type Launcher,
  LaunchError,
  type WorkerCommand,
  type WorkerProcess,
} from "./launchers/launcher.ts";
import type { LogDirectory } from "./log_directory.ts";
import type { Occupancy } from "./occupancy.ts";

/** Options of {@linkcode startProcess}. */
export interface StartOptions {
  readonly ref: AttemptRef;
  readonly launcher: Launcher;
  readonly logs?: LogDirectory;
  readonly occupancy: Occupancy;
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
export async function startProcess(
  command: WorkerCommand,
  { ref, launcher, logs, occupancy, begin, signal, onDelay }: StartOptions,
): Promise<Started | undefined> {
  let lack: unknown;
  const started = await occupancy.untilRoom(async () => {
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
  return error instanceof LaunchError ? error.exhausted : lackOf(error) !== undefined;
}
