/**
 * Workers on this machine, started through `Deno.Command`.
 *
 * @module
 */
import { errorMessage } from "../../base/errors.ts";
import { NumberSet } from "../../base/number_set.ts";
import type { ProcessExit } from "../../model/cause.ts";
import type { ResourceUse, Usage } from "../../model/types.ts";
import {
  type Launcher,
  LaunchError,
  type LaunchRun,
  type MemoryKill,
  type WorkerCommand,
  type WorkerProcess,
} from "../launcher.ts";
import { awaitInFlight } from "../in_flight.ts";
import { DEFAULT_LEASE_MS } from "../lease.ts";
import { explainSpawnError } from "../spawn_errors.ts";
import { AttemptProcesses } from "./attempt_processes.ts";
import { type DelegatedGroup, DelegatedGroups } from "./delegated_group.ts";
import { GroupSpawner } from "./group_spawner.ts";
import { groupIsAtWork } from "./group_work.ts";
import { type Beginning, describeLeft, noteBeginning } from "./left_behind.ts";
import { noteOpened } from "../opened.ts";
import { groupHasMembers, signalGroup } from "../process_group.ts";
import { canLook } from "./process_table.ts";
import type { ProcessTree } from "./process_tree.ts";
import type { ReapedRun } from "./reaper.ts";
import { type Guarded, ReaperKeeper } from "./reaper_keeper.ts";
import { usageSampler } from "./usage_sampler.ts";

/**
 * Starts each worker as the leader of its own session and process group; on Windows, which has neither, as a plain process. It
 * has room for one worker per logical CPU. A run first ends the workers that earlier runs of the job left. If this process is
 * killed, a reaper ends the workers of the run. Needs `--allow-run` without a list, as `Deno.kill` does.
 */
export class LocalLauncher implements Launcher {
  readonly #spawner = new GroupSpawner();

  /**
   * Ends the workers that earlier runs of the job left, and starts the reaper of this run.
   *
   * @ignore
   */
  async open(run: LaunchRun): Promise<Launcher & AsyncDisposable> {
    return noteOpened(await openLocalRun(this, run), { launcher: this });
  }

  /**
   * Starts a process. It belongs to the run whose id is in `EXECUTOR_RUN_ID` of its environment.
   *
   * @ignore
   */
  launch(command: WorkerCommand): WorkerProcess {
    return this.#launch(command, openRuns.get(command.env?.EXECUTOR_RUN_ID ?? ""));
  }

  /** @ignore */
  capacity(): number {
    return navigator.hardwareConcurrency;
  }

  #launch(command: WorkerCommand, run?: LocalRun): WorkerProcess {
    // Deno would start workers with a list of programs, but not signal their groups.
    if (Deno.permissions.querySync({ name: "run" }).state !== "granted") {
      const message = "workers are not permitted: run Deno with --allow-run, without a list";
      throw new LaunchError(message, { permanent: true });
    }
    try {
      const reaper = run?.reaper;
      const child = this.#spawner.spawn(command);
      const attemptId = command.env?.EXECUTOR_ATTEMPT_ID;
      reaper?.add(child.pid, attemptId);
      run?.leaders.add(child.pid);
      const { memory, stdin } = command;
      const group = memory === undefined ? undefined : groups.enter(child.pid, memory);
      const limit = group && { group, memory: memory! };
      return new LocalProcess(child, { run, attemptId, hasStdin: stdin === "piped", limit });
    } catch (error) {
      throw explainSpawnError(error, command);
    }
  }
}

/** A run, and what tells its workers of this process from others on this machine. */
export type LocalRunOptions = LaunchRun & Pick<ReapedRun, "place">;

/**
 * Prepares this machine for a run whose workers are started by `launch` of a launcher, which may be a subclass of
 * {@linkcode LocalLauncher} or a wrapper around one.
 */
export async function openLocalRun(
  launcher: Pick<Launcher, "launch">,
  run: LocalRunOptions,
): Promise<Launcher & AsyncDisposable> {
  await awaitInFlight(run.inFlight.filter(({ node }) => node !== undefined), {
    ...run,
    lease: DEFAULT_LEASE_MS,
  });
  const local = new LocalRun(run);
  openRuns.set(run.runId, local);
  return {
    launch: (command) => launcher.launch(command),
    [Symbol.asyncDispose]: async () => {
      openRuns.delete(run.runId);
      await local[Symbol.asyncDispose]();
    },
  };
}

/** The runs that are open in this process, by their ids. */
const openRuns = new Map<string, LocalRun>();

/**
 * Tells the reaper of a run that is open in this process that a hook is about to start; starts the reaper if there is none yet.
 * See {@linkcode ReaperKeeper.expectHook}.
 */
export async function expectHook(runId: string): Promise<Disposable | undefined> {
  return await openRuns.get(runId)?.reaper?.expectHook();
}

/** The control groups of workers with a limit of memory. */
const groups = new DelegatedGroups();

/** A limit of memory that the kernel keeps. */
interface KernelLimit {
  readonly group: DelegatedGroup;
  /** Bytes. */
  readonly memory: number;
}

/** A run with workers on this machine. Its reaper starts with the first of them. */
class LocalRun implements AsyncDisposable {
  /** The processes of its workers, dead or alive. */
  readonly leaders = new NumberSet();
  readonly #run: LocalRunOptions;
  #beginning: Beginning | undefined;
  #reaper: ReaperKeeper | undefined;
  #hasWarned = false;

  constructor(run: LocalRunOptions) {
    this.#run = run;
  }

  /** The keeper of its reaper; undefined on Windows, which has no process groups. */
  get reaper(): ReaperKeeper | undefined {
    if (Deno.build.os === "windows") return undefined;
    this.#beginning ??= noteBeginning();
    return this.#reaper ??= ReaperKeeper.start(this.#run);
  }

  /** Warns once if processes that have left the group of their worker cannot be found. */
  warnIfBlind(): void {
    if (this.#hasWarned || canLook()) return;
    this.#hasWarned = true;
    const why = Deno.build.os === "linux"
      ? "/proc does not show the processes"
      : "ps does not work";
    this.#run.warn(
      `processes that left the process group of their worker cannot be found, as ${why}: they may outlive a stop and run beside the next attempt`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#reaper === undefined) return;
    // The look needs no reaper, and is over by the time that the reaper has ended. (Row start of bench/.)
    const [, left] = await Promise.all([
      this.#reaper[Symbol.asyncDispose](),
      describeLeft(this.#run, { beginning: this.#beginning, leaders: this.leaders }),
    ]);
    groups[Symbol.dispose]();
    if (left !== undefined) this.#run.warn(left);
  }
}

class LocalProcess implements WorkerProcess {
  readonly pid: number;
  readonly stdin: WritableStream<Uint8Array> | undefined;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly status: Promise<ProcessExit>;
  readonly #child: Deno.ChildProcess;
  readonly #run: LocalRun | undefined;
  readonly #attemptId: string | undefined;
  /** What the reaper is to end with this process. */
  #guarded: Guarded | undefined;
  readonly #startedAt = performance.now();
  /** What it uses; undefined on Windows, which has neither /proc nor ps. */
  readonly #tree: ProcessTree | undefined;
  #hasEnded = false;
  /** Whether a signal has ended it. */
  #isKilled = false;
  #groupIsGone = false;
  /** When it was asked for the first time whether its group is at work; once it has ended, since then. */
  #askedAt: number | undefined;
  readonly #limit: KernelLimit | undefined;
  /** The processes outside of the group, once they are to end with it. */
  #others: AttemptProcesses | undefined;
  /** Those that are suspended. */
  #suspended: AttemptProcesses | undefined;

  constructor(
    child: Deno.ChildProcess,
    { run, attemptId, hasStdin, limit }: {
      run: LocalRun | undefined;
      attemptId: string | undefined;
      hasStdin: boolean;
      limit?: KernelLimit;
    },
  ) {
    this.#run = run;
    this.#attemptId = attemptId;
    this.#limit = limit;
    this.#child = child;
    this.pid = this.#guarded = child.pid;
    // Deno throws for a stream that is no pipe.
    this.stdin = hasStdin ? child.stdin : undefined;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    this.#tree = Deno.build.os === "windows" ? undefined : usageSampler.add(child.pid);
    this.status = this.#status();
  }

  kill(signal: Deno.Signal): void {
    if (Deno.build.os === "windows") {
      if (!this.#hasEnded) this.#child.kill(signal === "SIGKILL" ? "SIGKILL" : "SIGTERM");
      return;
    }
    // They must be recorded before the group changes.
    const others = this.#others ?? this.#suspendable(signal);
    // The number of a group that is gone may be that of another one.
    if (!this.#groupIsGone && !signalGroup(this.pid, signal) && !this.#hasEnded) {
      this.#killEarly(signal);
    }
    others?.signal(signal);
  }

  /** Returns the processes outside of the group for a signal that suspends or continues the worker. */
  #suspendable(signal: Deno.Signal): AttemptProcesses | undefined {
    if (signal === "SIGSTOP") return this.#suspended = this.#findOthers();
    if (signal !== "SIGCONT") return undefined;
    const suspended = this.#suspended;
    this.#suspended = undefined;
    return suspended;
  }

  /** Signals a process that was started a moment ago and does not lead a group yet. */
  #killEarly(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended in the meantime.
    }
    // It may have made its group and started processes since: after SIGKILL, it starts no more.
    if (signal === "SIGKILL") signalGroup(this.pid, signal);
  }

  claimAll(): void {
    if (Deno.build.os === "windows" || this.#others !== undefined) return;
    this.#others = this.#findOthers();
    if (this.#groupIsGone) this.#guard(`x${this.pid}`);
    this.#run?.warnIfBlind();
  }

  async search(): Promise<void> {
    await this.#others?.search();
  }

  groupIsAlive(): boolean {
    if (!this.#hasEnded) return true;
    this.#groupIsGone ||= Deno.build.os === "windows" || !groupHasMembers(this.pid);
    if (!this.#groupIsGone) return true;
    const isLeft = this.#others?.areAlive === true;
    this.#guard(isLeft ? `x${this.pid}` : undefined);
    return isLeft;
  }

  /** Tells the reaper what it is to end from now on. */
  #guard(group: Guarded | undefined): void {
    if (group === this.#guarded) return;
    const reaper = this.#run?.reaper;
    if (group !== undefined) reaper?.add(group, this.#attemptId);
    if (this.#guarded !== undefined) reaper?.remove(this.#guarded);
    this.#guarded = group;
  }

  groupIsAtWork(): boolean {
    const since = this.#askedAt ??= performance.now();
    return groupIsAtWork(this.pid, { countsReaders: this.stdin === undefined, since });
  }

  #findOthers(): AttemptProcesses {
    const { pid: leader } = this;
    return new AttemptProcesses({
      leader,
      hasEnded: this.#hasEnded,
      startedAt: this.#startedAt,
      attemptId: this.#attemptId,
    });
  }

  usage(): Usage | undefined {
    const usage = this.#tree?.usage();
    if (usage === undefined || this.#limit === undefined) return usage;
    // The kernel keeps the limit. The sum may be larger, as memory that processes share counts for each of them.
    return { ...usage, rss: Math.min(usage.rss, this.#limit.memory) };
  }

  used(): ResourceUse | undefined {
    if (this.#hasEnded) usageSampler.settle();
    return this.#limit?.group.used ?? this.#tree?.used(performance.now());
  }

  memoryKill(): MemoryKill | undefined {
    if (this.#limit?.group.hasKilled) return { by: "limit" };
    const kill = this.#tree?.kills?.explain({ isKilled: this.#isKilled });
    return kill && { by: "kernel", ...(kill === "likely" && { isLikely: true }) };
  }

  markUse(): void {
    this.#tree?.mark(performance.now());
  }

  async #status(): Promise<ProcessExit> {
    try {
      const { code, signal } = await this.#child.status;
      this.#isKilled = signal !== null;
      return signal === null ? { kind: "exited", code } : { kind: "signaled", signal };
    } catch (error) {
      // Deno has no name for real-time signals, and throws "Invalid signal: 40".
      return { kind: "signaled", signal: errorMessage(error).replace("Invalid signal: ", "") };
    } finally {
      this.#hasEnded = true;
      this.#askedAt = undefined;
      if (this.#tree !== undefined) usageSampler.end(this.#tree);
      this.#limit?.group.leave();
    }
  }
}
