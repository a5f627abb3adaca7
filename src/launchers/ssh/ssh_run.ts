/**
 * The sessions of one run.
 *
 * @module
 */
import { unlessAborted } from "../../abort.ts";
import { sleep, systemClock } from "../../clock.ts";
import { BOOTSTRAP } from "../agent.ts";
import { tellingLine } from "../client_words.ts";
import type { Launcher, LaunchRun, WorkerCommand, WorkerProcess } from "../launcher.ts";
import { type NotLaunched, PendingProcess } from "../pending_process.ts";
import { RemoteProcess } from "../remote_process.ts";
import { explainSpawn } from "../spawn_error.ts";
import { TroubledNodes } from "../troubled_nodes.ts";
import { awaitUnended } from "../unended.ts";
import { ControlFolder } from "./control_folder.ts";
import type { SshHost } from "./hosts.ts";
import { Machine, type Session } from "./machine.ts";
import { sweepCommand, sweepLine } from "./sweep.ts";

/** What the sessions of a run share. */
export interface SshRunOptions {
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
export class SshRun implements Launcher, AsyncDisposable {
  readonly #options: SshRunOptions;
  readonly #troubled = new TroubledNodes();
  readonly #workers = new Set<RemoteProcess>();
  readonly #machines: readonly Machine[];
  readonly #folder = new ControlFolder();
  #earlier: Promise<void> = Promise.resolve();
  /** Aborted when a machine has room again. */
  #freed = new AbortController();
  #isOver = false;

  constructor(options: SshRunOptions) {
    this.#options = options;
    const { hosts, configFile, args = [] } = options;
    const common = [
      ...(configFile === undefined ? [] : ["-F", configFile]),
      // A question under the grid would never be seen.
      ...["-o", "BatchMode=yes", "-o", "ClearAllForwardings=yes"],
      ...args,
    ];
    this.#machines = hosts.map((host, at) =>
      new Machine({ host, socketPrefix: `${this.#folder.path}/${at}-`, args: common })
    );
  }

  /** See {@linkcode Launcher.launch}. */
  async launch(command: WorkerCommand): Promise<WorkerProcess> {
    const machine = await this.#take();
    if (machine === undefined) return new PendingProcess(OVER);
    const connecting = machine.session();
    const session = await unlessAborted(connecting, this.#options.signal);
    if (session === undefined) {
      connecting.then((late) => this.#giveBack(machine, late), () => this.#free(machine));
      return new PendingProcess(OVER);
    }
    if ("reason" in session) {
      this.#free(machine);
      if (session.permanent) return new PendingProcess(session);
      this.#troubled.add(machine.name);
      return new PendingProcess({ reason: `${machine.name}: ${session.reason}` });
    }
    if (this.#isOver) {
      this.#giveBack(machine, session);
      return new PendingProcess(OVER);
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
    await awaitUnended(left, { ...run, lease: this.#options.lease });
  }

  /** Takes room on a machine, as soon as there is some; nothing when the run is over before. */
  async #take(): Promise<Machine | undefined> {
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

  #giveBack(machine: Machine, session: Session | NotLaunched): void {
    this.#free(machine);
    if (!("reason" in session)) session[Symbol.dispose]();
  }

  #free(machine: Machine): void {
    machine.busy--;
    this.#freed.abort();
    if (!this.#isOver) this.#freed = new AbortController();
  }

  /** The one with the most room, of those that did not fail of late if there are such. */
  #choose(): Machine {
    const troubled = this.#troubled.now();
    const sound = this.#machines.filter(({ name }) => !troubled.includes(name));
    const choice = sound.length > 0 ? sound : this.#machines;
    return choice.reduce((best, machine) => machine.load < best.load ? machine : best);
  }

  #start(
    command: WorkerCommand,
    { machine, session }: { machine: Machine; session: Session },
  ): WorkerProcess {
    const { gracePeriod, lease } = this.#options;
    const bootstrap = BOOTSTRAP.map((word) => `'${word}'`).join(" ");
    const args = session.connection.sessionArgs(`exec ${bootstrap}`);
    const worker = new RemoteProcess({ command: "ssh", args, explain: tellingLine }, command, {
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

  async #sweep(machine: Machine, runIds: readonly string[]): Promise<boolean> {
    const session = await machine.session();
    if ("reason" in session) return false;
    using place = session;
    const command = sweepCommand(runIds, this.#options.gracePeriod);
    const child = new Deno.Command("ssh", {
      args: place.connection.sessionArgs(command),
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const stdin = child.stdin.getWriter();
    await stdin.write(new TextEncoder().encode(sweepLine())).catch(() => {});
    await stdin.close().catch(() => {});
    const { stdout } = await child.output();
    return new TextDecoder().decode(stdout).endsWith("swept\n");
  }
}
