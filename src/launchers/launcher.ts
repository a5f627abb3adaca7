/**
 * Launchers, which turn a worker's command into a running process, and the processes that they start.
 *
 * @module
 */
import type { ProcessExit } from "../model/cause.ts";
import type { ResourceUse, Usage } from "../model/types.ts";

/** A command. No shell sees its arguments. */
export interface WorkerCommand {
  /** Name or path of the program. */
  command: string;
  /** Its arguments. */
  args: readonly string[];
  /** Added to the environment of the executor. */
  env?: Readonly<Record<string, string>>;
  /** Working directory; that of the executor if left out. */
  cwd?: string;
  /**
   * The most memory that its processes may have together, in bytes. The executor keeps that limit by what `usage` of the process
   * tells; a launcher may have it kept by the system, too.
   *
   * @default {no limit}
   */
  memory?: number;
  /**
   * Whether the process gets a pipe as its stdin, which {@linkcode WorkerProcess.stdin} writes to. Otherwise it is empty.
   *
   * @default {"null"}
   */
  stdin?: "null" | "piped";
}

/** Where a worker runs. */
export interface Placement {
  /** The name of the machine, as the cluster engine uses it. */
  readonly node: string;
  /** The engine's name for the worker, such as a job id. */
  readonly id?: string;
  /** The id of its process on that machine. */
  readonly pid?: number;
}

/** How a process was killed for want of memory. */
export interface MemoryKill {
  /** At the `limit` that was set for it, or by the `kernel`, as the system or a group of processes had none left. */
  readonly by: "limit" | "kernel";
  /** Whether that is only likely. */
  readonly isLikely?: boolean;
}

/**
 * A running process, the leader of its own group. If one of its methods throws, or returns what it should not, its attempt is
 * ended as CRASHED, with the cause `fault`.
 */
export interface WorkerProcess {
  /** The id of a process on this machine: its own, or that of the program that leads to it. */
  readonly pid: number;
  /**
   * Resolves once it runs, to where that is; or to undefined if it never ran. Until then it counts as not started, and no
   * time-out runs. Never rejects. Left out if it runs on this machine from its launch on.
   */
  readonly placement?: Promise<Placement | undefined>;
  /**
   * Milliseconds after a SIGKILL until the executor gives the process up: a promise that the process does not run anywhere then.
   * If a SIGKILL may be slow to arrive, the launcher sets a longer time. Left out if nothing is promised: the process is given up
   * after a second, and may still run.
   *
   * @default {no promise}
   */
  readonly killPatience?: number;
  /** Writes to its standard input, if that was asked for. */
  readonly stdin?: WritableStream<Uint8Array>;
  /**
   * Whether its output may wait for its reader for a second, so that no other output waits meanwhile. It is then read less often
   * if there are many workers.
   *
   * @default {whether it runs on this machine, that is, has no `placement`}
   */
  readonly outputMayWait?: boolean;
  /** Its standard output; must be read to the end or cancelled. If it breaks, the attempt is CRASHED, with the cause `fault`. */
  readonly stdout: ReadableStream<Uint8Array>;
  /** Its standard error, as its standard output. */
  readonly stderr: ReadableStream<Uint8Array>;
  /**
   * Resolves when the process has ended, even if another one still holds its pipes; never rejects. The kind `lost` means
   * that nobody saw the end; by then, the process must not run any more.
   */
  readonly status: Promise<ProcessExit>;
  /**
   * Signals the whole group, even if its leader has ended; does nothing if the group is gone. SIGTERM and SIGKILL must be
   * supported, other signals as far as possible.
   */
  kill(signal: Deno.Signal): void;
  /** Whether any process of the group is alive. */
  groupIsAlive(): boolean;
  /**
   * Whether a process of the group seems to have more to write: it computes, waits for a disk, or reads from a pipe, as a
   * filter does. Called again and again if the leader has ended, and others still hold its pipes. The first answers may be true
   * only because more is not known yet. If a launcher lacks it, only output shows that they are at work.
   */
  groupIsAtWork?(): boolean;
  /**
   * Makes `kill` and `groupIsAlive` act on every process of the attempt that can be found, even in a group or a session of its
   * own. Called before the first signal of a stop, and before the range is tried again. If a launcher lacks it, such processes
   * are left alone.
   */
  claimAll?(): void;
  /** Searches for processes of the attempt outside of the group; awaited before `groupIsAlive` while they are being ended. */
  search?(): Promise<void>;
  /**
   * Returns what its processes use of the machine of late, or undefined if that is not known; called up to four times a second.
   * A limit of memory is kept by it. If a launcher lacks it, there is no such limit.
   */
  usage?(): Usage | undefined;
  /**
   * Returns what its processes have used since its start, or since the last call of `markUse`; undefined if that is not known.
   * Called at the end of an attempt.
   */
  used?(): ResourceUse | undefined;
  /**
   * Returns how it was killed for want of memory, or undefined if it was not, as far as is known. Called once after its end, if
   * SIGKILL ended it, or its exit code is that of a shell for SIGKILL (137), and the executor has not sent one.
   */
  memoryKill?(): MemoryKill | undefined;
  /** Makes `used` count from now on: a resident worker begins a range. If a launcher lacks it, such ranges have no usage. */
  markUse?(): void;
}

/** The facts of a run that a launcher may need. */
export interface LaunchRun {
  /** The run's id, as workers see it in `EXECUTOR_RUN_ID`. */
  readonly runId: string;
  /** Milliseconds from asking a worker to end to killing it. */
  readonly gracePeriod: number;
  /**
   * Ids of earlier runs of the same job whose executor is gone. End their orphans first, so that no two workers have the same
   * range. Never signal workers of other runs.
   */
  readonly earlierRuns: readonly string[];
  /**
   * Ids of the attempts of `earlierRuns` that have not done their range, as workers see them in `EXECUTOR_ATTEMPT_ID`. End all
   * that is left of them on other machines. The executor has done so on its own. Leave alone what other attempts have left: it may
   * be meant to stay.
   */
  readonly unfinished: readonly string[];
  /**
   * Attempts of earlier runs that may still run, as nobody saw their end. One without a node is on this machine, or its place is
   * not known. If its run is not among `earlierRuns`, the executor of that run is on another machine, and may live.
   */
  readonly inFlight: readonly (Partial<Placement> & { readonly runId: string })[];
  /** Aborted when the run is stopped; from then on, the launcher must not wait for anything. */
  readonly signal: AbortSignal;
  /** Reports a problem that does not keep workers from being launched. */
  readonly warn: (text: string) => void;
}

/** An attempt of an earlier run that may still run. */
export type InFlightAttempt = LaunchRun["inFlight"][number];

/**
 * Starts worker processes. If a method does not answer within ten seconds, a warning names it. After a stop, it has the grace
 * period to answer.
 */
export interface Launcher {
  /**
   * Returns the launcher of one run. Called once, at the start of the run, which then calls `launch` of the result and disposes
   * of it when no process is left. If it throws, every launch of the run fails with that error.
   *
   * Leave it out if the launcher holds nothing for a run. Workers that it starts through a `LocalLauncher` have a reaper in any
   * case.
   */
  open?(run: LaunchRun): (Launcher & AsyncDisposable) | Promise<Launcher & AsyncDisposable>;
  /**
   * Starts a process, with an empty stdin unless the command asks for a pipe.
   *
   * @throws {LaunchError} If it cannot be started.
   */
  launch(command: WorkerCommand): WorkerProcess | Promise<WorkerProcess>;
  /** Returns how many workers it has room for: the default of `numWorkers`. */
  capacity?(): number | Promise<number>;
}

/** Thrown if a process cannot be started. Its message gives the reason, for the person who wrote the command. */
export class LaunchError extends Error {
  /** @ignore */
  override readonly name = "LaunchError";
  /** Whether another attempt would end the same way: command not found, not executable, no such directory. */
  readonly permanent: boolean;
  /**
   * Whether the system had no files, processes or memory left. The launch then waits until a running worker has ended, and
   * is tried again as part of the same attempt.
   */
  readonly exhausted: boolean;

  /** Creates the error from its message. */
  constructor(
    message: string,
    options: ErrorOptions & { permanent?: boolean; exhausted?: boolean } = {},
  ) {
    super(message, options);
    this.permanent = options.permanent ?? false;
    this.exhausted = options.exhausted ?? false;
  }
}
