/**
 * Workers on this machine, through `Deno.Command`.
 *
 * @module
 */
import { errorMessage } from "../../base/errors.ts";
import type { ProcessExit } from "../../model/events.ts";
import type { Usage } from "../../model/types.ts";
import { groupUsage } from "./group_usage.ts";
import { Reaper } from "./reaper.ts";
import { exhaustedResource } from "../../base/errors.ts";
import {
  type Launcher,
  LaunchError,
  type LaunchRun,
  type WorkerCommand,
  type WorkerProcess,
} from "../launcher.ts";
import { DEFAULT_LEASE_MS } from "../remote/lease.ts";
import { reapOrphans } from "./orphans.ts";
import { awaitInFlight } from "../remote/in_flight.ts";
import { groupHasMembers, signalGroup } from "./process_group.ts";
import { GroupSpawner } from "./group_spawner.ts";

/**
 * Starts each worker as the leader of its own session and process group. On Windows, which has neither, as a plain
 * process. Needs `--allow-run` without a list, as `Deno.kill` does.
 */
export class LocalLauncher implements Launcher {
  readonly #groups = new GroupSpawner();

  /** See {@linkcode Launcher.open}: starts the reaper that ends the workers when this process is killed. */
  async open(run: LaunchRun): Promise<Launcher & AsyncDisposable> {
    await reapOrphans(run);
    await awaitInFlight(run.unended.filter(({ node }) => node !== undefined), {
      ...run,
      lease: DEFAULT_LEASE_MS,
    });
    const reaper = startReaper(run);
    return {
      launch: (command) => this.#launch(command, reaper),
      [Symbol.asyncDispose]: async () => await reaper?.[Symbol.asyncDispose](),
    };
  }

  /** See {@linkcode Launcher.launch}. */
  launch(command: WorkerCommand): WorkerProcess {
    return this.#launch(command);
  }

  /** See {@linkcode Launcher.capacity}: one per logical CPU. */
  capacity(): number {
    return navigator.hardwareConcurrency;
  }

  #launch(command: WorkerCommand, reaper?: Reaper): WorkerProcess {
    // A list would do to start workers, but not to signal their groups.
    if (Deno.permissions.querySync({ name: "run" }).state !== "granted") {
      const message = "workers are not permitted: run Deno with --allow-run, without a list";
      throw new LaunchError(message, { permanent: true });
    }
    try {
      return new LocalProcess(this.#groups.spawn(command), reaper);
    } catch (error) {
      throw explain(error, command);
    }
  }
}

function startReaper(run: LaunchRun): Reaper | undefined {
  // There are no groups that it could end.
  if (Deno.build.os === "windows") return undefined;
  try {
    return new Reaper(run);
  } catch (error) {
    run.warn(`workers would survive an executor that is killed: ${errorMessage(error)}`);
    return undefined;
  }
}

class LocalProcess implements WorkerProcess {
  readonly pid: number;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly status: Promise<ProcessExit>;
  readonly #child: Deno.ChildProcess;
  #reaper: Reaper | undefined;
  #ended = false;

  constructor(child: Deno.ChildProcess, reaper: Reaper | undefined) {
    reaper?.add(child.pid);
    this.#reaper = reaper;
    this.#child = child;
    this.pid = child.pid;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    this.status = this.#status();
  }

  kill(signal: Deno.Signal): void {
    if (Deno.build.os === "windows") {
      if (!this.#ended) this.#child.kill(signal === "SIGKILL" ? "SIGKILL" : "SIGTERM");
    } else if (!signalGroup(this.pid, signal) && !this.#ended) this.#killEarly(signal);
  }

  /** Signals a process that was started a moment ago and does not yet lead a group. */
  #killEarly(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended meanwhile.
    }
    // What it may have started since the group was looked for: after SIGKILL, it starts no more.
    if (signal === "SIGKILL") signalGroup(this.pid, signal);
  }

  groupIsAlive(): boolean {
    if (!this.#ended) return true;
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
      this.#ended = true;
    }
  }
}

/** Puts the many ways in which a spawn fails into words, and says what a person can do about them. */
export function explain(error: unknown, { command, cwd }: WorkerCommand): LaunchError {
  const options = { cause: error, permanent: true };
  if (cwd !== undefined && isDirectory(cwd) === false) {
    return new LaunchError(`working directory not found: ${cwd}`, options);
  }
  if (error instanceof Deno.errors.NotFound) {
    const unsure = cwd !== undefined && isDirectory(cwd) === undefined;
    const where = unsure ? ` (or working directory: ${cwd})` : "";
    return new LaunchError(`command not found: ${command}${where}`, options);
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new LaunchError(`command not executable: ${command}`, options);
  }
  const lack = exhaustedResource(error);
  if (lack !== undefined) {
    const message = `command cannot be started for want of ${lack}`;
    return new LaunchError(message, { cause: error, exhausted: true });
  }
  // A NUL in an argument stays one, and what is too long stays so.
  const permanent = error instanceof TypeError || codeOf(error) === "E2BIG";
  const message = `command cannot be started: ${errorMessage(error)}`;
  return new LaunchError(message, { cause: error, permanent });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** Whether it is, or nothing where that may not be looked at. */
function isDirectory(path: string): boolean | undefined {
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return undefined;
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
