/**
 * Workers on other hosts, over ssh.
 *
 * @module
 */
import { checkGiven, ConfigError, listOf, path, text } from "../../model/value_types.ts";
import { toPath } from "../../base/paths.ts";
import { unlessAborted } from "../../base/abort.ts";
import type { Launcher, LaunchRun, WorkerCommand, WorkerProcess } from "../launcher.ts";
import { DEFAULT_LEASE_MS, LEASE } from "../lease.ts";
import { hostsCheck, type SshHost } from "./hosts.ts";
import { HostsFile } from "./hosts_file.ts";
import { noteOpened } from "../opened.ts";
import { NO_REMOTE_DENO, REMOTE_DENO } from "../pilot/remote_deno.ts";
import { SshPilotNodes } from "./pilot_hosts.ts";
import { SshSessions } from "./sessions.ts";

/** Options of {@linkcode SshLauncher}. */
export interface SshLauncherOptions {
  /** The hosts, each once. Either these or `hostsFile` must be given. */
  hosts?: readonly SshHost[];
  /**
   * A file with a host in each line, such as `n1:8`; what follows a `#` is a comment. It is read again when it changes: new
   * hosts get workers, and hosts that are gone get no more of them. While it is wrong, the hosts stay as they were.
   */
  hostsFile?: string | URL;
  /** A file that ssh reads in place of `~/.ssh/config`. */
  configFile?: string;
  /** More arguments for ssh, such as `-J` and a jump host. */
  args?: readonly string[];
  /**
   * The longest silence between executor and pilot, or agent, in milliseconds, at least 2000. After that, these end their workers,
   * and the executor tries the ranges again once the workers must have ended.
   *
   * @default {15000}
   */
  lease?: number;
  /**
   * The absolute path of Deno on the hosts. With `none`, no host runs a pilot: each worker has an agent of its own.
   *
   * @default {`deno` on the PATH of the host, or else the path of the Deno that runs this program}
   */
  remoteDeno?: string;
}

/**
 * Runs each attempt on the host that has the most room. Each host has a pilot, one ssh session that starts all workers there;
 * it needs Deno on the host. Where there is none, each worker has a session of its own, and several share an ssh connection: a
 * small agent, a POSIX shell script, runs beside each worker and needs `sh` and `setsid` on the host. ssh checks host keys as
 * usual and never prompts: if it would have to, the launch fails. Workers start in the same directory as the executor. Their
 * environment is what ssh gives them, the `EXECUTOR_…` variables, and what `getCommand` sets. docs/cluster.md has more.
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
  readonly #hosts: readonly SshHost[];
  readonly #hostsFile: HostsFile | undefined;

  /**
   * Checks the options, and reads the file of hosts if there is one; connects to nothing yet.
   *
   * @throws {ConfigError} If there is no host, an option is not as it must be, or the file cannot be read or is wrong.
   */
  constructor(options: SshLauncherOptions) {
    checkGiven(options, {
      hosts: hostsCheck,
      hostsFile: path(),
      configFile: path(),
      args: listOf(text()),
      lease: LEASE,
      remoteDeno: REMOTE_DENO,
    });
    const { hosts, hostsFile, lease = DEFAULT_LEASE_MS } = options;
    if (hosts !== undefined && hostsFile !== undefined) {
      const reason = "hosts is given, too: leave one of them out";
      throw new ConfigError("hostsFile", { wanted: "left out", value: `${hostsFile}`, reason });
    }
    this.#hostsFile = hostsFile === undefined ? undefined : HostsFile.open(toPath(hostsFile));
    if (this.#hostsFile === undefined) hostsCheck.check(hosts, "hosts");
    this.#hosts = [...hosts ?? []];
    this.#options = { ...options, lease };
  }

  /** The hosts, as the file has them now if there is one. */
  get #current(): readonly SshHost[] {
    return this.#hostsFile?.hosts ?? this.#hosts;
  }

  /** Returns the number of workers of all hosts. */
  capacity(): number {
    return this.#current.reduce((sum, { workers }) => sum + workers, 0);
  }

  /** @ignore */
  async open(run: LaunchRun): Promise<Launcher & AsyncDisposable> {
    const ssh = SshSessions.open({
      ...this.#options,
      hosts: this.#current,
      hostsFile: this.#hostsFile,
      gracePeriod: run.gracePeriod,
      signal: run.signal,
      warn: run.warn,
    });
    await unlessAborted(ssh.reapOrphans(run), run.signal);
    const opened = await this.#openPilots(run, ssh) ?? ssh;
    return noteOpened(opened, { launcher: this, launch: SshLauncher.prototype.launch });
  }

  /** Returns what launches workers through a pilot per host; undefined if each has a session of its own. */
  async #openPilots(
    run: LaunchRun,
    ssh: SshSessions,
  ): Promise<Launcher & AsyncDisposable | undefined> {
    const { lease, remoteDeno: deno } = this.#options;
    if (deno === NO_REMOTE_DENO) return undefined;
    const { PilotRun } = await import("../pilot/pilot_run.ts");
    return new PilotRun({ nodes: new SshPilotNodes(ssh), lease, deno, run });
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
