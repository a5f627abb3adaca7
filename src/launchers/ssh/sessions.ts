/**
 * Sessions of one run over ssh: those that pilots have, and one for each worker where there is no pilot.
 *
 * @module
 */
import { checkArguments } from "../checked_command.ts";
import { unlessAborted } from "../../base/abort.ts";
import { sleep, systemClock } from "../../base/clock.ts";
import { quote } from "../../base/shell.ts";
import type {
  InFlightAttempt,
  Launcher,
  LaunchRun,
  WorkerCommand,
  WorkerProcess,
} from "../launcher.ts";
import { BOOTSTRAP } from "../remote/agent.ts";
import { FailedLaunch, type NotLaunched, OVER } from "../remote/failed_launch.ts";
import { awaitInFlight } from "../in_flight.ts";
import type { ConnectedNode } from "../pilot/pilot_node.ts";
import { LOOK_AGAIN_MS, NodeHealth } from "../remote/node_health.ts";
import { RemoteProcess } from "../remote/remote_process.ts";
import { explainSpawnError } from "../spawn_errors.ts";
import { ConnectionPool, type Session } from "./connection_pool.ts";
import { ControlFolder } from "./control_folder.ts";
import type { SshHost } from "./hosts.ts";
import type { HostsFile } from "./hosts_file.ts";
import { REAP_COMMAND, REAPED, reapLine } from "./remote_orphans.ts";

/** Options of {@linkcode SshSessions.open}. */
export interface SshSessionsOptions {
  readonly hosts: readonly SshHost[];
  /** The file that the hosts are from, which may change. */
  readonly hostsFile?: HostsFile;
  readonly configFile?: string;
  /** More arguments for ssh. */
  readonly args?: readonly string[];
  readonly lease: number;
  readonly gracePeriod: number;
  /** Aborted when nothing more is to be launched. */
  readonly signal: AbortSignal;
  /** Reports a problem that does not keep workers from being launched. */
  readonly warn: (text: string) => void;
}

/** Launches workers in sessions, and waits for the end of the workers and the connections. */
export class SshSessions implements Launcher, AsyncDisposable {
  readonly #options: SshSessionsOptions;
  readonly #nodeHealth = new NodeHealth();
  readonly #workers = new Set<RemoteProcess>();
  /** By the names of the hosts that they belong to, or have belonged to. */
  readonly #pools = new Map<string, ConnectionPool>();
  readonly #folder: ControlFolder;
  readonly #args: readonly string[];
  readonly #watching: Disposable | undefined;
  readonly #listeners = new Set<() => void>();
  #hosts: readonly ConnectionPool[] = [];
  #orphansReaped: Promise<void> = Promise.resolve();
  /** Aborted when a host has room again. */
  #roomFreed = new AbortController();
  #isOver = false;

  private constructor(folder: ControlFolder, options: SshSessionsOptions) {
    this.#folder = folder;
    this.#options = options;
    const { hosts, hostsFile, configFile, args = [], warn } = options;
    this.#args = [
      ...(configFile === undefined ? [] : ["-F", configFile]),
      // A question under the grid would never be seen.
      ...["-o", "BatchMode=yes", "-o", "ClearAllForwardings=yes"],
      ...args,
    ];
    this.#setHosts(hosts);
    this.#watching = hostsFile?.watch({ onChange: (changed) => this.#setHosts(changed), warn });
  }

  /**
   * Makes the folder for the sockets of the connections; connects to nothing yet.
   *
   * @throws {LaunchError} If there is no POSIX shell, or ssh cannot be given its arguments as they are.
   */
  static open(options: SshSessionsOptions): SshSessions {
    checkArguments([options.configFile ?? "", ...(options.args ?? [])]);
    return new SshSessions(ControlFolder.make(), options);
  }

  /** The hosts that new workers may run on. */
  get hosts(): readonly ConnectionPool[] {
    return this.#hosts;
  }

  /** Calls back when the hosts have changed. */
  onChange(callback: () => void): Disposable {
    const listener = () => callback();
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** See {@linkcode Launcher.launch}. */
  async launch(command: WorkerCommand): Promise<WorkerProcess> {
    const pool = await this.#takeRoom();
    if (pool === undefined) return new FailedLaunch(OVER);
    return await this.launchOn(pool, command, () => this.#freeRoom(pool));
  }

  /** Starts a worker on a host, whether that has room or not. Calls `onEnd` when it has ended, or could not be started. */
  async launchOn(
    pool: ConnectionPool,
    command: WorkerCommand,
    onEnd: () => void = () => {},
  ): Promise<WorkerProcess> {
    const way = await this.connect(pool, onEnd);
    if ("reason" in way) {
      if (way !== OVER && !way.permanent) this.#nodeHealth.recordFailure(pool.name);
      return new FailedLaunch(way);
    }
    try {
      return this.#start(command, { pool, way });
    } catch (error) {
      way[Symbol.dispose]();
      throw explainSpawnError(error, { command: "ssh", subject: "ssh" });
    }
  }

  /**
   * Returns the client that leads to a shell on a host, in a session that is reserved for it. Calls `onEnd` when it is
   * disposed of, or there is none.
   */
  async connect(
    pool: ConnectionPool,
    onEnd: () => void = () => {},
  ): Promise<ConnectedNode | NotLaunched> {
    const end = (session: Session | NotLaunched) => {
      if (!("reason" in session)) session[Symbol.dispose]();
      onEnd();
    };
    const connecting = pool.session();
    const session = await unlessAborted(connecting, this.#options.signal);
    if (session === undefined) {
      connecting.then(end, onEnd);
      return OVER;
    }
    if ("reason" in session) {
      onEnd();
      return session.permanent ? session : { reason: `${pool.name}: ${session.reason}` };
    }
    if (this.#isOver) {
      end(session);
      return OVER;
    }
    const args = session.connection.sessionArgs(`exec ${BOOTSTRAP.map(quote).join(" ")}`);
    return { client: { command: "ssh", args }, [Symbol.dispose]: () => end(session) };
  }

  /** Ends the orphans of earlier runs; where it cannot, it waits until they have ended by themselves. Never rejects. */
  reapOrphans(run: LaunchRun): Promise<void> {
    return this.#orphansReaped = this.#reapOrphans(run).catch(() => {});
  }

  /** Resolves when neither client nor connection is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#watching?.[Symbol.dispose]();
    this.#roomFreed.abort();
    await Promise.all(Array.from(this.#workers, (worker) => worker.closed));
    await Promise.all(Array.from(this.#pools.values(), (pool) => pool[Symbol.asyncDispose]()));
    await this.#orphansReaped;
    await this.#folder[Symbol.asyncDispose]();
  }

  async #reapOrphans(run: LaunchRun): Promise<void> {
    const { earlierRuns, inFlight } = run;
    const reaped = new Set<string>();
    await Promise.all(this.#hosts.map(async (pool) => {
      if (earlierRuns.length === 0) return;
      if (await this.#reapOn(pool, run.unfinished)) reaped.add(pool.name);
    }));
    const isReaped = ({ node, runId }: InFlightAttempt) =>
      earlierRuns.includes(runId) && node !== undefined && reaped.has(node);
    const unreached = inFlight.filter((attempt) => !isReaped(attempt));
    await awaitInFlight(unreached, { ...run, lease: this.#options.lease });
  }

  /** Takes room on a host, as soon as there is some; resolves to undefined if the run is over before. */
  async #takeRoom(): Promise<ConnectionPool | undefined> {
    const { signal } = this.#options;
    while (!this.#isOver && !signal.aborted) {
      const pool = this.#choose();
      if (pool.load < 1) {
        pool.busy++;
        return pool;
      }
      // A host that has failed may count as healthy again by then.
      await sleep(systemClock, LOOK_AGAIN_MS, AbortSignal.any([this.#roomFreed.signal, signal]));
    }
    return undefined;
  }

  #freeRoom(pool: ConnectionPool): void {
    pool.busy--;
    this.#wake();
  }

  /** Lets launches that wait look for room. */
  #wake(): void {
    this.#roomFreed.abort();
    if (!this.#isOver) this.#roomFreed = new AbortController();
  }

  /** Takes over a list of hosts. A host that returns has those of its connections again that have not been closed. */
  #setHosts(hosts: readonly SshHost[]): void {
    const current = new Set<ConnectionPool>();
    for (const host of hosts) {
      const pool = this.#pools.get(host.name) ?? this.#addPool(host);
      pool.workers = host.workers;
      current.add(pool);
    }
    this.#hosts = Array.from(current);
    for (const pool of this.#pools.values()) pool.isNeeded = current.has(pool);
    this.#wake();
    for (const listener of this.#listeners) listener();
  }

  #addPool(host: SshHost): ConnectionPool {
    const socketPrefix = `${this.#folder.path}/${this.#pools.size}-`;
    const pool = new ConnectionPool({ host, socketPrefix, args: this.#args });
    this.#pools.set(host.name, pool);
    return pool;
  }

  /** Chooses the host with the most room, from the healthy ones if there are any. */
  #choose(): ConnectionPool {
    return this.#nodeHealth.preferred(this.#hosts)
      .reduce((best, pool) => pool.load < best.load ? pool : best);
  }

  #start(
    command: WorkerCommand,
    { pool, way }: { pool: ConnectionPool; way: ConnectedNode },
  ): WorkerProcess {
    const { gracePeriod, lease } = this.#options;
    const worker = RemoteProcess.start(way.client, {
      command,
      gracePeriod,
      lease,
      node: pool.name,
      onFailure: () => this.#nodeHealth.recordFailure(pool.name),
    });
    this.#workers.add(worker);
    worker.closed.then(() => {
      this.#workers.delete(worker);
      way[Symbol.dispose]();
    });
    return worker;
  }

  /** Ends the orphans on a host; resolves to whether none is left there. */
  async #reapOn(pool: ConnectionPool, attemptIds: readonly string[]): Promise<boolean> {
    const reserved = await pool.session();
    if ("reason" in reserved) return false;
    using session = reserved;
    const child = new Deno.Command("ssh", {
      args: session.connection.sessionArgs(REAP_COMMAND),
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const stdin = child.stdin.getWriter();
    const line = reapLine(attemptIds, this.#options.gracePeriod);
    await stdin.write(new TextEncoder().encode(line)).catch(() => {});
    await stdin.close().catch(() => {});
    const { stdout } = await child.output();
    return new TextDecoder().decode(stdout).endsWith(REAPED);
  }
}
