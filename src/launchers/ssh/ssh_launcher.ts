/**
 * Workers on other hosts, over ssh.
 *
 * @module
 */
import { checkGiven, listOf, path, text } from "../../model/value_types.ts";
import { unlessAborted } from "../../base/abort.ts";
import type { Launcher, LaunchRun, WorkerCommand, WorkerProcess } from "../launcher.ts";
import { DEFAULT_LEASE_MS, LEASE } from "../lease.ts";
import { hostsCheck, type SshHost } from "./hosts.ts";
import { noteOpened } from "../opened.ts";
import { SshSessions } from "./sessions.ts";

/** Options of {@linkcode SshLauncher}. */
export interface SshLauncherOptions {
  /** The hosts. */
  hosts: readonly SshHost[];
  /** A file that ssh reads in place of `~/.ssh/config`. */
  configFile?: string;
  /** More arguments for ssh, such as `-J` and a jump host. */
  args?: readonly string[];
  /**
   * The longest silence between executor and agent, in milliseconds, at least 2000. After that, the agent ends its worker, and
   * the executor tries the range again once the worker must have ended.
   *
   * @default {15000}
   */
  lease?: number;
}

/**
 * Runs each attempt on the host that has the most room. Several workers share an ssh connection. ssh checks host keys as usual
 * and never prompts: if it would have to, the launch fails. Workers start in the same directory as the executor. Their
 * environment is what ssh gives them, the `EXECUTOR_…` variables, and what `getCommand` sets. A small agent, a POSIX shell
 * script, runs beside each worker and needs `sh` and `setsid` on the host. docs/cluster.md has more.
 *
 * @example
 * ```ts
 * import { SshLauncher } from "@lambdawaker/executor/launchers";
 * import { assertEquals } from "@std/assert";
 *
 * const launcher = new SshLauncher({ hosts: [{ name: "n1", workers: 8 }, { name: "n2", workers: 8 }] });
 * assertEquals(launcher.capacity(), 16);
 * ```
 */
export class SshLauncher implements Launcher {
  readonly #options: SshLauncherOptions & { readonly lease: number };

  /**
   * Checks the options; connects to nothing yet.
   *
   * @throws {ConfigError} If there is no host, or an option is not as it must be.
   */
  constructor(options: SshLauncherOptions) {
    checkGiven(options, {
      hosts: hostsCheck,
      configFile: path(),
      args: listOf(text()),
      lease: LEASE,
    });
    const { hosts, lease = DEFAULT_LEASE_MS } = options;
    hostsCheck.check(hosts, "hosts");
    this.#options = { ...options, hosts: [...hosts], lease };
  }

  /** Returns the number of workers of all hosts. */
  capacity(): number {
    return this.#options.hosts.reduce((sum, { workers }) => sum + workers, 0);
  }

  /** @ignore */
  async open(run: LaunchRun): Promise<Launcher & AsyncDisposable> {
    const ssh = SshSessions.open({
      ...this.#options,
      gracePeriod: run.gracePeriod,
      signal: run.signal,
    });
    await unlessAborted(ssh.reapOrphans(run), run.signal);
    return noteOpened(ssh, { launcher: this, launch: SshLauncher.prototype.launch });
  }

  /**
   * Throws, as connections must be closed: only the launcher that `open` returns can launch.
   *
   * @ignore
   */
  launch(_command: WorkerCommand): WorkerProcess {
    throw new TypeError("Cannot launch through ssh as the run is not open: call open() first");
  }
}
