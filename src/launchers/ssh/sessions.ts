/**
 * The launcher of one run over ssh: each worker has a session.
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
import { FailedLaunch, type NotLaunched } from "../remote/failed_launch.ts";
import { awaitInFlight } from "../in_flight.ts";
import { NodeHealth } from "../remote/node_health.ts";
import { RemoteProcess } from "../remote/remote_process.ts";
import { explainSpawnError } from "../spawn_errors.ts";
import { ConnectionPool, type Session } from "./connection_pool.ts";
import { ControlFolder } from "./control_folder.ts";
import type { SshHost } from "./hosts.ts";
import { REAP_COMMAND, REAPED, reapLine } from "./remote_orphans.ts";

/** Options of {@linkcode SshSessions.open}. */
export interface SshSessionsOptions {
  readonly hosts: readonly SshHost[];
  readonly configFile?: string;
  /** More arguments for ssh. */
  readonly args?: readonly string[];
  readonly lease: number;
  readonly gracePeriod: number;
  /** Aborted when nothing more is to be launched. */
  readonly signal: AbortSignal;
}

/** How long a launch waits for room before it looks again at hosts that have failed, in milliseconds. */
const LOOK_AGAIN_MS = 1_000;
const OVER: NotLaunched = { reason: "the run is over" };

/** Launches workers in sessions, and waits for the end of the workers and the connections. */
export class SshSessions implements Launcher, AsyncDisposable {
  readonly #options: SshSessionsOptions;
  readonly #nodeHealth = new NodeHealth();
  readonly #workers = new Set<RemoteProcess>();
  readonly #pools: readonly ConnectionPool[];
  readonly #folder: ControlFolder;
  #orphansReaped: Promise<void> = Promise.resolve();
  /** Aborted when a host has room again. */
  #roomFreed = new AbortController();
  #isOver = false;

  private constructor(folder: ControlFolder, options: SshSessionsOptions) {
    this.#folder = folder;
    this.#options = options;
    const { hosts, configFile, args: given = [] } = options;
    const args = [
      ...(configFile === undefined ? [] : ["-F", configFile]),
      // A question under the grid would never be seen.
      ...["-o", "BatchMode=yes", "-o", "ClearAllForwardings=yes"],
      ...given,
    ];
    this.#pools = hosts.map((host, index) =>
      new ConnectionPool({ host, socketPrefix: `${folder.path}/${index}-`, args })
    );
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

  /** See {@linkcode Launcher.launch}. */
  async launch(command: WorkerCommand): Promise<WorkerProcess> {
    const pool = await this.#takeRoom();
    if (pool === undefined) return new FailedLaunch(OVER);
    const connecting = pool.session();
    const session = await unlessAborted(connecting, this.#options.signal);
    if (session === undefined) {
      connecting.then((late) => this.#giveBack(pool, late), () => this.#freeRoom(pool));
      return new FailedLaunch(OVER);
    }
    if ("reason" in session) {
      this.#freeRoom(pool);
      if (session.permanent) return new FailedLaunch(session);
      this.#nodeHealth.recordFailure(pool.name);
      return new FailedLaunch({ reason: `${pool.name}: ${session.reason}` });
    }
    if (this.#isOver) {
      this.#giveBack(pool, session);
      return new FailedLaunch(OVER);
    }
    try {
      return this.#start(command, { pool, session });
    } catch (error) {
      this.#giveBack(pool, session);
      throw explainSpawnError(error, { command: "ssh", subject: "ssh" });
    }
  }

  /** Ends the orphans of earlier runs; where it cannot, it waits until they have ended by themselves. Never rejects. */
  reapOrphans(run: LaunchRun): Promise<void> {
    return this.#orphansReaped = this.#reapOrphans(run).catch(() => {});
  }

  /** Resolves when neither client nor connection is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#roomFreed.abort();
    await Promise.all(Array.from(this.#workers, (worker) => worker.closed));
    await Promise.all(this.#pools.map((pool) => pool[Symbol.asyncDispose]()));
    await this.#orphansReaped;
    await this.#folder[Symbol.asyncDispose]();
  }

  async #reapOrphans(run: LaunchRun): Promise<void> {
    const { earlierRuns, inFlight } = run;
    const reaped = new Set<string>();
    await Promise.all(this.#pools.map(async (pool) => {
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

  #giveBack(pool: ConnectionPool, session: Session | NotLaunched): void {
    this.#freeRoom(pool);
    if (!("reason" in session)) session[Symbol.dispose]();
  }

  #freeRoom(pool: ConnectionPool): void {
    pool.busy--;
    this.#roomFreed.abort();
    if (!this.#isOver) this.#roomFreed = new AbortController();
  }

  /** Chooses the host with the most room, from the healthy ones if there are any. */
  #choose(): ConnectionPool {
    const unhealthy = this.#nodeHealth.unhealthy();
    const healthy = this.#pools.filter(({ name }) => !unhealthy.includes(name));
    const choice = healthy.length > 0 ? healthy : this.#pools;
    return choice.reduce((best, pool) => pool.load < best.load ? pool : best);
  }

  #start(
    command: WorkerCommand,
    { pool, session }: { pool: ConnectionPool; session: Session },
  ): WorkerProcess {
    const { gracePeriod, lease } = this.#options;
    const args = session.connection.sessionArgs(`exec ${BOOTSTRAP.map(quote).join(" ")}`);
    const worker = RemoteProcess.start({ command: "ssh", args }, {
      command,
      gracePeriod,
      lease,
      node: pool.name,
      onFailure: () => this.#nodeHealth.recordFailure(pool.name),
    });
    this.#workers.add(worker);
    worker.closed.then(() => {
      this.#workers.delete(worker);
      this.#giveBack(pool, session);
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
