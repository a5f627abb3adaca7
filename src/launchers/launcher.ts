/**
 * What turns a worker's command into a running process.
 *
 * @module
 */
import type { ProcessExit } from "../model/events.ts";
import type { Usage } from "../model/types.ts";

/** A command, its arguments never seen by a shell. */
export interface WorkerCommand {
  /** Name or path of the program. */
  command: string;
  /** Its arguments. */
  args: readonly string[];
  /** Added to the environment of the executor. */
  env?: Readonly<Record<string, string>>;
  /** Working directory; that of the executor when left out. */
  cwd?: string;
}

/** Where a worker runs. */
export interface Placement {
  /** The machine, as the engine calls it. */
  readonly node: string;
  /** What the engine calls the worker, such as `job.step` of Slurm. */
  readonly id?: string;
  /** The number of its process on that machine. */
  readonly pid?: number;
}

/** A running process, the leader of its own group. */
export interface WorkerProcess {
  /** The number of a process of this machine: it, or what stands for it here. */
  readonly pid: number;
  /**
   * Where it runs, as soon as it does; nothing when it never did. Until then it counts as not started, and no time-out
   * runs. Never rejects. Absent when it runs on this machine, since it was launched.
   */
  readonly placement?: Promise<Placement | undefined>;
  /**
   * Milliseconds after a SIGKILL until it is given up. To be set by a launcher whose SIGKILL may be slow to arrive: by the
   * end of that time, it must not run anywhere.
   *
   * @default {1000}
   */
  readonly killPatience?: number;
  /** What it prints; to be read to the end or cancelled. */
  readonly stdout: ReadableStream<Uint8Array>;
  /** What it prints beside that; to be read to the end or cancelled. */
  readonly stderr: ReadableStream<Uint8Array>;
  /**
   * Resolves when the process has ended, whoever holds its pipes; never rejects. `lost` is one whose end nobody saw:
   * by then, it must not run any more.
   */
  readonly status: Promise<ProcessExit>;
  /**
   * Signals the whole group, its leader alive or not; does nothing to a group that is gone. SIGTERM and SIGKILL must be
   * carried out; of others, as much as there is.
   */
  kill(signal: Deno.Signal): void;
  /** Whether any process of the group is alive. */
  groupIsAlive(): boolean;
  /** What the group took of the machine of late, asked once a second; nothing where that cannot be had. */
  usage?(): Usage | undefined;
}

/** What a launcher is told of a run. */
export interface LaunchRun {
  /** The run's id, as workers see it in `EXECUTOR_RUN_ID`. */
  readonly runId: string;
  /** Milliseconds that a worker has between being asked to end and being killed. */
  readonly gracePeriod: number;
  /** Earlier runs of the same job: what is left of them is to be ended first, so that no range is worked on twice. */
  readonly earlierRuns: readonly string[];
  /** Where attempts of these are that were not seen to end, as far as it is known: without a node, here or not yet known. */
  readonly unended: readonly Partial<Placement>[];
  /** Aborted when the run is stopped: nothing is to be waited for any more. */
  readonly signal: AbortSignal;
  /** Tells something that went wrong, but does not keep workers from being launched. */
  readonly warn: (text: string) => void;
}

/** Starts worker processes. */
export interface Launcher {
  /**
   * Called once at the start of a run: gives the launcher of that run, which is disposed of when no process of it is left.
   * One that holds nothing for a run has no need of it. When it throws, no worker of the run can be launched, for that reason.
   */
  open?(run: LaunchRun): (Launcher & AsyncDisposable) | Promise<Launcher & AsyncDisposable>;
  /**
   * Starts a process, its stdin null.
   *
   * @throws {LaunchError} If it cannot be started.
   */
  launch(command: WorkerCommand): WorkerProcess | Promise<WorkerProcess>;
  /** How many workers it has room for: `numWorkers` of a config that leaves it out. */
  capacity?(): number | Promise<number>;
}

/** A process that could not be started; its message says why, in words for the person who wrote the command. */
export class LaunchError extends Error {
  /** The name of the class. */
  override readonly name = "LaunchError";
  /** Whether another attempt would end the same way: command not found, not executable, no such directory. */
  readonly permanent: boolean;
  /**
   * Whether the system had no files, processes or memory left: the launch waits until a running worker has ended, and is
   * then tried again as part of the same attempt.
   */
  readonly exhausted: boolean;

  /** Makes the error from its sentence. */
  constructor(
    message: string,
    options: ErrorOptions & { permanent?: boolean; exhausted?: boolean } = {},
  ) {
    super(message, options);
    this.permanent = options.permanent ?? false;
    this.exhausted = options.exhausted ?? false;
  }
}
