/**
 * The sessions of one run.
 *
 * @module
 */
import { unlessAborted } from "../../base/abort.ts";
import { sleep, systemClock } from "../../base/clock.ts";
import { BOOTSTRAP } from "../remote/agent.ts";
import { lastErrorLine } from "../remote/client.ts";
import type { Launcher, LaunchRun, WorkerCommand, WorkerProcess } from "../launcher.ts";
import { FailedLaunch, type NotLaunched } from "../remote/failed_launch.ts";
import { RemoteProcess } from "../remote/remote_process.ts";
import { explainSpawn } from "../spawn_errors.ts";
import { NodeHealth } from "../remote/node_health.ts";
import { awaitInFlight } from "../remote/in_flight.ts";
import { ControlFolder } from "./connection.ts";
import type { SshHost } from "./hosts.ts";
import { ConnectionPool, type Session } from "./connection_pool.ts";
import { reapOrphansCommand, reapOrphansLine } from "./remote_orphans.ts";

/** What the sessions of a run share. */
export interface SshSessionsOptions {
  readonly hosts: readonly SshHost[];
  readonly configFile?: string;
  readonly args?: readonly string[];
  readonly lease: number;
  readonly gracePeriod: number;
  /** Aborted when nothing more is to be launched. */
  readonly signal: AbortSignal;
}

const LOOK_AGAIN_MS = 1_000;
const OVER = { reason: "the run is over" };

/** Launches workers in sessions, and sees them and the connections to their end. */
export class SshSessions implements Launcher, AsyncDisposable {
  readonly #options: SshSessionsOptions;
  readonly #troubled = new NodeHealth();
  readonly #workers = new Set<RemoteProcess>();
  readonly #machines: readonly ConnectionPool[];
  readonly #folder = new ControlFolder();
  #earlier: Promise<void> = Promise.resolve();
  /** Aborted when a machine has room again. */
  #freed = new AbortController();
  #isOver = false;

  constructor(options: SshSessionsOptions) {
    this.#options = options;
    const { hosts, configFile, args = [] } = options;
    const common = [
      ...(configFile === undefined ? [] : ["-F", configFile]),
      // A question under the grid would never be seen.
      ...["-o", "BatchMode=yes", "-o", "ClearAllForwardings=yes"],
      ...args,
    ];
    this.#machines = hosts.map((host, at) =>
      new ConnectionPool({ host, socketPrefix: `${this.#folder.path}/${at}-`, args: common })
    );
  }

  /** See {@linkcode Launcher.launch}. */
  async launch(command: WorkerCommand): Promise<WorkerProcess> {
    const machine = await this.#take();
    if (machine === undefined) return new FailedLaunch(OVER);
    const connecting = machine.session();
    const session = await unlessAborted(connecting, this.#options.signal);
    if (session === undefined) {
      connecting.then((late) => this.#giveBack(machine, late), () => this.#free(machine));
      return new FailedLaunch(OVER);
    }
    if ("reason" in session) {
      this.#free(machine);
      if (session.permanent) return new FailedLaunch(session);
      this.#troubled.add(machine.name);
      return new FailedLaunch({ reason: `${machine.name}: ${session.reason}` });
    }
    if (this.#isOver) {
      this.#giveBack(machine, session);
      return new FailedLaunch(OVER);
    }
    try {
      return this.#start(command, { machine, session });
    } catch (error) {
      this.#free(machine);
      session[Symbol.dispose]();
      throw explainSpawn(error, "ssh");
    }
  }

  /** Ends what earlier runs have left; where that cannot be done, it has ended by itself after some time. Never rejects. */
  endEarlier(run: LaunchRun): Promise<void> {
    return this.#earlier = this.#endEarlier(run).catch(() => {});
  }

  /** Resolves when neither client nor connection is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#freed.abort();
    await Promise.all(Array.from(this.#workers, (worker) => worker.closed));
    await Promise.all(this.#machines.map((machine) => machine[Symbol.asyncDispose]()));
    await this.#earlier;
    await this.#folder[Symbol.asyncDispose]();
  }

  async #endEarlier(run: LaunchRun): Promise<void> {
    if (run.earlierRuns.length === 0) return;
    const swept = new Set<string>();
    await Promise.all(this.#machines.map(async (machine) => {
      if (await this.#sweep(machine, run.earlierRuns)) swept.add(machine.name);
    }));
    const left = run.unended.filter(({ node }) => node === undefined || !swept.has(node));
    await awaitInFlight(left, { ...run, lease: this.#options.lease });
  }

  /** Takes room on a machine, as soon as there is some; nothing when the run is over before. */
  async #take(): Promise<ConnectionPool | undefined> {
    const { signal } = this.#options;
    while (!this.#isOver && !signal.aborted) {
      const machine = this.#choose();
      if (machine.load < 1) {
        machine.busy++;
        return machine;
      }
      // One that failed may count as sound by then.
      await sleep(systemClock, LOOK_AGAIN_MS, AbortSignal.any([this.#freed.signal, signal]));
    }
    return undefined;
  }

  #giveBack(machine: ConnectionPool, session: Session | NotLaunched): void {
    this.#free(machine);
    if (!("reason" in session)) session[Symbol.dispose]();
  }

  #free(machine: ConnectionPool): void {
    machine.busy--;
    this.#freed.abort();
    if (!this.#isOver) this.#freed = new AbortController();
  }

  /** The one with the most room, of those that did not fail of late if there are such. */
  #choose(): ConnectionPool {
    const troubled = this.#troubled.now();
    const sound = this.#machines.filter(({ name }) => !troubled.includes(name));
    const choice = sound.length > 0 ? sound : this.#machines;
    return choice.reduce((best, machine) => machine.load < best.load ? machine : best);
  }

  #start(
    command: WorkerCommand,
    { machine, session }: { machine: ConnectionPool; session: Session },
  ): WorkerProcess {
    const { gracePeriod, lease } = this.#options;
    const bootstrap = BOOTSTRAP.map((word) => `'${word}'`).join(" ");
    const args = session.connection.sessionArgs(`exec ${bootstrap}`);
    const worker = new RemoteProcess({ command: "ssh", args, explain: lastErrorLine }, command, {
      gracePeriod,
      lease,
      node: machine.name,
      onFailure: () => this.#troubled.add(machine.name),
    });
    this.#workers.add(worker);
    worker.closed.then(() => {
      this.#workers.delete(worker);
      this.#free(machine);
      session[Symbol.dispose]();
    });
    return worker;
  }

  async #sweep(machine: ConnectionPool, runIds: readonly string[]): Promise<boolean> {
    const session = await machine.session();
    if ("reason" in session) return false;
    using place = session;
    const command = reapOrphansCommand(runIds, this.#options.gracePeriod);
    const child = new Deno.Command("ssh", {
      args: place.connection.sessionArgs(command),
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const stdin = child.stdin.getWriter();
    await stdin.write(new TextEncoder().encode(reapOrphansLine())).catch(() => {});
    await stdin.close().catch(() => {});
    const { stdout } = await child.output();
    return new TextDecoder().decode(stdout).endsWith("swept\n");
  }
}
