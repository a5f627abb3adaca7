/**
 * Workers on this machine, through `Deno.Command`.
 *
 * @module
 */
import { errorMessage } from "../error_message.ts";
import type { ProcessExit } from "../events.ts";
import type { Usage } from "../models.ts";
import { groupUsage } from "./group_usage.ts";
import { Guard } from "./guard.ts";
import { lackOf } from "./lack.ts";
import {
  type Launcher,
  LaunchError,
  type LaunchRun,
  type WorkerCommand,
  type WorkerProcess,
} from "./launcher.ts";
import { DEFAULT_LEASE_MS } from "./lease.ts";
import { endRemains } from "./remains.ts";
import { awaitUnended } from "./unended.ts";
import { groupHasMembers, signalGroup } from "./process_group.ts";
import { GroupSpawner } from "./spawn_group.ts";

/**
 * Starts each worker as the leader of its own session and process group. On Windows, which has neither, as a plain
 * process. Needs `--allow-run` without a list, as `Deno.kill` does.
 */
export class LocalLauncher implements Launcher {
  readonly #groups = new GroupSpawner();

  /** See {@linkcode Launcher.open}: starts the guard that ends the workers when this process is killed. */
  async open(run: LaunchRun): Promise<Launcher & AsyncDisposable> {
    await endRemains(run);
    await awaitUnended(run.unended.filter(({ node }) => node !== undefined), {
      ...run,
      lease: DEFAULT_LEASE_MS,
    });
    const guard = startGuard(run);
    return {
      launch: (command) => this.#launch(command, guard),
      [Symbol.asyncDispose]: async () => await guard?.[Symbol.asyncDispose](),
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

  #launch(command: WorkerCommand, guard?: Guard): WorkerProcess {
    // A list would do to start workers, but not to signal their groups.
    if (Deno.permissions.querySync({ name: "run" }).state !== "granted") {
      const message = "workers are not permitted: run Deno with --allow-run, without a list";
      throw new LaunchError(message, { permanent: true });
    }
    try {
      return new LocalProcess(this.#groups.spawn(command), guard);
    } catch (error) {
      throw explain(error, command);
    }
  }
}

function startGuard(run: LaunchRun): Guard | undefined {
  // There are no groups that it could end.
  if (Deno.build.os === "windows") return undefined;
  try {
    return new Guard(run);
  } catch (error) {
    run.warn(`workers would survive a conductor that is killed: ${errorMessage(error)}`);
    return undefined;
  }
}

class LocalProcess implements WorkerProcess {
  readonly pid: number;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly status: Promise<ProcessExit>;
  readonly #child: Deno.ChildProcess;
  #guard: Guard | undefined;
  #ended = false;

  constructor(child: Deno.ChildProcess, guard: Guard | undefined) {
    guard?.add(child.pid);
    this.#guard = guard;
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
    this.#guard?.remove(this.pid);
    this.#guard = undefined;
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
  const lack = lackOf(error);
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
