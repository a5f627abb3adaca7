/**
 * Contents of the frames that are JSON.
 *
 * @module
 */
import type { ProcessExit } from "../../model/cause.ts";
import type { ResourceUse, Usage } from "../../model/types.ts";
import type { MemoryKill, WorkerCommand } from "../launcher.ts";

/** The facts of a run that a pilot needs. */
export interface OpenMessage {
  readonly runId: string;
  /** Milliseconds from asking a worker to end to killing it. */
  readonly gracePeriod: number;
  /** Milliseconds without a word of the executor after which it counts as gone. */
  readonly lease: number;
  /**
   * Milliseconds for which a SIGTERM that the engine sends to the whole job may reach a worker before the pilot; 0 if the engine
   * sends none.
   */
  readonly settle: number;
  /** How many bytes of each output of a worker may be on the way. */
  readonly window: number;
}

/** A command; its directory is an absolute path. */
export type LaunchMessage = WorkerCommand & { readonly cwd: string };

/** Where a worker was started. */
export interface StartedMessage {
  readonly pid: number;
}

/** Why a worker was not started. */
export interface CannotMessage {
  readonly reason: string;
  readonly permanent: boolean;
}

/** What one worker uses now, and what it has used since its start or since it was marked so many times. */
export interface UseMessage {
  readonly worker: number;
  readonly usage?: Usage;
  readonly used?: ResourceUse;
  /** How often {@linkcode WorkerProcess.markUse} was called before. */
  readonly marks: number;
}

/** How a worker ended. */
export interface ExitMessage {
  readonly exit: ProcessExit;
  /** Whether a process of its group is alive. */
  readonly isAlive: boolean;
  readonly used?: ResourceUse;
  readonly memoryKill?: MemoryKill;
}
