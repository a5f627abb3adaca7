/**
 * Workers on machines that are reached through ssh.
 *
 * @module
 */
import { unlessAborted } from "../../base/abort.ts";
import type { Launcher, LaunchRun, WorkerCommand, WorkerProcess } from "../launcher.ts";
import { checkedLease, DEFAULT_LEASE_MS } from "../remote/lease.ts";
import { checkedHost, type SshHost } from "./hosts.ts";
import { SshSessions } from "./sessions.ts";

/** How workers are run through ssh. */
export interface SshLauncherOptions {
  /** The machines. */
  hosts: readonly SshHost[];
  /** A file that ssh reads in place of `~/.ssh/config`. */
  configFile?: string;
  /** More arguments for ssh, such as `-J` and a jump host. */
  args?: readonly string[];
  /**
   * Milliseconds without a word, at least 1000, after which executor and worker take each other for gone: the worker is
   * then ended, and its range is tried again when that must have happened.
   *
   * @default {15000}
   */
  lease?: number;
}

/**
 * Runs each attempt on the machine that has the most room, in a session of an ssh connection that many share. ssh checks the
 * keys of hosts as it always does, and never asks for anything: a machine that it does not reach without being asked is one
 * that cannot launch. Workers begin in the same directory as here, with the environment that ssh gives, and `EXECUTOR_…`
 * and what `getCommand` sets. A small agent, a POSIX shell script, stands beside each worker: it needs `sh` and `setsid` there.
 *
 * @example
 * ```ts
 * import { SshLauncher } from "@lambdawaker/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const launcher = new SshLauncher({ hosts: [{ name: "n1", workers: 8 }, { name: "n2", workers: 8 }] });
 * assertEquals(launcher.capacity(), 16);
 * ```
 */
export class SshLauncher implements Launcher {
  readonly #options: SshLauncherOptions & { readonly lease: number };

  /**
   * Connects to nothing yet.
   *
   * @throws {RangeError} If there is no host, or one is none, or the lease is out of its bounds.
   */
  constructor({ hosts, lease = DEFAULT_LEASE_MS, ...options }: SshLauncherOptions) {
    if (hosts.length === 0) {
      throw new RangeError("Cannot run workers through ssh as hosts must not be empty");
    }
    for (const host of hosts) checkedHost(host);
    this.#options = { ...options, hosts: [...hosts], lease: checkedLease(lease) };
  }

  /** See {@linkcode Launcher.capacity}: the sum over the hosts. */
  capacity(): number {
    return this.#options.hosts.reduce((sum, { workers }) => sum + workers, 0);
  }

  /** See {@linkcode Launcher.open}. */
  async open(run: LaunchRun): Promise<Launcher & AsyncDisposable> {
    const ssh = new SshSessions({
      ...this.#options,
      gracePeriod: run.gracePeriod,
      signal: run.signal,
    });
    await unlessAborted(ssh.endEarlier(run), run.signal);
    return ssh;
  }

  /** Throws: connections have to be closed, so that a run must be opened first. */
  launch(_command: WorkerCommand): WorkerProcess {
    throw new TypeError("Cannot launch through ssh as the run is not open: call open() first");
  }
}
