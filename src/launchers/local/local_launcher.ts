/**
 * Workers on this machine, started through `Deno.Command`.
 *
 * @module
 */
import { errorMessage } from "../../base/errors.ts";
import type { ProcessExit } from "../../model/events.ts";
import type { Usage } from "../../model/types.ts";
import {
  type Launcher,
  LaunchError,
  type LaunchRun,
  type WorkerCommand,
  type WorkerProcess,
} from "../launcher.ts";
import { awaitInFlight } from "../in_flight.ts";
import { DEFAULT_LEASE_MS } from "../lease.ts";
import { explainSpawnError } from "../spawn_errors.ts";
import { GroupSpawner } from "./group_spawner.ts";
import { groupUsage } from "./group_usage.ts";
import { reapOrphans } from "./orphans.ts";
import { groupHasMembers, signalGroup } from "../process_group.ts";
import { ReaperKeeper } from "./reaper_keeper.ts";

/**
 * Starts each worker as the leader of its own session and process group; on Windows, which has neither, as a plain process.
 * It needs `--allow-run` without a list, as `Deno.kill` does.
 */
export class LocalLauncher implements Launcher {
  readonly #spawner = new GroupSpawner();

  /**
   * See {@linkcode Launcher.open}: ends the workers that earlier runs of the job left. A reaper ends those of this run if this
   * process is killed.
   */
  async open(run: LaunchRun): Promise<Launcher & AsyncDisposable> {
    return await openLocalRun(this, run);
  }

  /** See {@linkcode Launcher.launch}. The process belongs to the run whose id is in `EXECUTOR_RUN_ID` of its environment. */
  launch(command: WorkerCommand): WorkerProcess {
    return this.#launch(command, openRuns.get(command.env?.EXECUTOR_RUN_ID ?? "")?.reaper);
  }

  /** See {@linkcode Launcher.capacity}: one per logical CPU. */
  capacity(): number {
    return navigator.hardwareConcurrency;
  }

  #launch(command: WorkerCommand, reaper?: ReaperKeeper): WorkerProcess {
    // Deno would start workers with a list of programs, but not signal their groups.
    if (Deno.permissions.querySync({ name: "run" }).state !== "granted") {
      const message = "workers are not permitted: run Deno with --allow-run, without a list";
      throw new LaunchError(message, { permanent: true });
    }
    try {
      const child = this.#spawner.spawn(command);
      reaper?.add(child.pid);
      return new LocalProcess(child, reaper);
    } catch (error) {
      throw explainSpawnError(error, command);
    }
  }
}

/**
 * Prepares this machine for a run whose workers are started by `launch` of a launcher, which may be a subclass of
 * {@linkcode LocalLauncher} or a wrapper around one.
 */
export async function openLocalRun(
  launcher: Pick<Launcher, "launch">,
  run: LaunchRun,
): Promise<Launcher & AsyncDisposable> {
  await reapOrphans(run);
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

/** A run with workers on this machine. Its reaper starts with the first of them. */
class LocalRun implements AsyncDisposable {
  readonly #run: LaunchRun;
  #reaper: ReaperKeeper | undefined;

  constructor(run: LaunchRun) {
    this.#run = run;
  }

  /** The keeper of its reaper; undefined on Windows, which has no process groups. */
  get reaper(): ReaperKeeper | undefined {
    if (Deno.build.os === "windows") return undefined;
    return this.#reaper ??= ReaperKeeper.start(this.#run);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reaper?.[Symbol.asyncDispose]();
  }
}

class LocalProcess implements WorkerProcess {
  readonly pid: number;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly status: Promise<ProcessExit>;
  readonly #child: Deno.ChildProcess;
  #reaper: ReaperKeeper | undefined;
  #hasEnded = false;

  constructor(child: Deno.ChildProcess, reaper: ReaperKeeper | undefined) {
    this.#reaper = reaper;
    this.#child = child;
    this.pid = child.pid;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    this.status = this.#status();
  }

  kill(signal: Deno.Signal): void {
    if (Deno.build.os === "windows") {
      if (!this.#hasEnded) this.#child.kill(signal === "SIGKILL" ? "SIGKILL" : "SIGTERM");
    } else if (!signalGroup(this.pid, signal) && !this.#hasEnded) this.#killEarly(signal);
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

  groupIsAlive(): boolean {
    if (!this.#hasEnded) return true;
    if (Deno.build.os !== "windows" && groupHasMembers(this.pid)) return true;
    this.#reaper?.remove(this.pid);
    this.#reaper = undefined;
    return false;
  }

  usage(): Usage | undefined {
    return groupUsage(this.pid);
  }

  async #status(): Promise<ProcessExit> {
    try {
      const { code, signal } = await this.#child.status;
      return signal === null ? { kind: "exited", code } : { kind: "signaled", signal };
    } catch (error) {
      // Deno has no name for real-time signals, and throws "Invalid signal: 40".
      return { kind: "signaled", signal: errorMessage(error).replace("Invalid signal: ", "") };
    } finally {
      this.#hasEnded = true;
    }
  }
}
