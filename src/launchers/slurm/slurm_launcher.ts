/**
 * Workers in a Slurm cluster, as steps of the job that the executor is in.
 *
 * @module
 */
import { brokenVariables, readEnv } from "../../base/env.ts";
import { showBytes } from "../../base/surrogate_escape.ts";
import { boolean, checkGiven, ConfigError, listOf, text } from "../../model/value_types.ts";
import type { Launcher, LaunchRun, WorkerCommand, WorkerProcess } from "../launcher.ts";
import { DEFAULT_LEASE_MS, LEASE } from "../lease.ts";
import { allocation, type SlurmAllocation } from "./allocation.ts";
import { noteOpened } from "../opened.ts";
import { NO_REMOTE_DENO, REMOTE_DENO } from "../pilot/remote_deno.ts";
import { SlurmPilotNodes } from "./pilot_steps.ts";
import { SlurmSteps } from "./steps.ts";

/** Options of {@linkcode SlurmLauncher}. */
export interface SlurmLauncherOptions {
  /** More arguments for srun, such as `--gpus=1`. With them, each worker is a step of its own. */
  args?: readonly string[];
  /**
   * Whether each worker queues as a job of its own. Otherwise it is a step of the job that the executor is in.
   *
   * @default {false}
   */
  queue?: boolean;
  /**
   * The longest silence between executor and pilot, or agent, in milliseconds, at least 2000. After that, these end their workers,
   * and the executor tries the ranges again once the workers must have ended.
   *
   * @default {15000}
   */
  lease?: number;
  /**
   * The absolute path of Deno on the nodes. With `none`, no node runs a pilot: each worker is a step of its own.
   *
   * @default {`deno` on the PATH of the node, or else the path of the Deno that runs this program}
   */
  remoteDeno?: string;
}

const NEEDS_ALLOCATION = {
  wanted: "used inside an allocation of Slurm",
  value: "slurm",
  isRight: true,
  reason:
    "begin with `salloc --no-kill -n 64 executor run …`, or with `sbatch --no-kill -n 64` and a " +
    "script that runs it; or let each worker queue as a job of its own: --slurm-queue",
};

/**
 * Runs the attempts on the nodes of the Slurm job that this process is in. So the executor must run inside `salloc` or
 * `sbatch`, with their option `--no-kill`; without that, the first node that fails ends the job. Each node has a pilot, one
 * step (`srun`) that starts all workers there; it needs Deno on the node. With `args`, or where there is no Deno, each worker
 * is a step of its own: a small agent, a POSIX shell script, runs beside it and needs `sh` and `setsid` on the node. There is
 * room for as many workers as the allocation has tasks. docs/cluster.md has more.
 *
 * @example
 * ```ts ignore
 * import { SlurmLauncher } from "@lambdawaker/executor/launchers";
 * import { SubprocessExecutor } from "@lambdawaker/executor";
 *
 * const executor = new SubprocessExecutor(
 *   { totalItems: 1000, chunkSize: 10 },
 *   ({ extraData }) => ["./work", `${extraData.startIndex}`, `${extraData.endIndex}`],
 *   { launcher: new SlurmLauncher({ args: ["--gpus=1"] }) },
 * );
 * ```
 */
export class SlurmLauncher implements Launcher {
  readonly #args: readonly string[];
  readonly #lease: number;
  readonly #remoteDeno: string | undefined;
  readonly #allocation: SlurmAllocation | undefined;

  /**
   * Looks for the allocation.
   *
   * @throws {ConfigError} If there is none, or an option is not as it must be.
   */
  constructor(options: SlurmLauncherOptions = {}) {
    checkGiven(options, {
      args: listOf(text()),
      queue: boolean(),
      lease: LEASE,
      remoteDeno: REMOTE_DENO,
    });
    const { args = [], queue = false, lease = DEFAULT_LEASE_MS, remoteDeno } = options;
    if (queue && remoteDeno !== undefined && remoteDeno !== NO_REMOTE_DENO) {
      const reason = "no pilots run where each worker queues as a job of its own";
      throw new ConfigError("remoteDeno", { wanted: "left out", value: remoteDeno, reason });
    }
    this.#args = args;
    this.#lease = lease;
    this.#remoteDeno = remoteDeno;
    this.#allocation = queue ? undefined : allocation(readEnv);
    if (!queue && this.#allocation === undefined) {
      throw new ConfigError("launcher", NEEDS_ALLOCATION);
    }
  }

  /**
   * Returns the number of tasks of the allocation.
   *
   * @ignore
   * @throws {ConfigError} If each worker queues as a job of its own, as the number is then up to the user.
   */
  capacity(): number {
    if (this.#allocation !== undefined) return this.#allocation.tasks;
    const wanted = "given where each worker queues as a job of its own";
    throw new ConfigError("numWorkers", { wanted, value: undefined });
  }

  /** @ignore */
  async open(run: LaunchRun): Promise<Launcher & AsyncDisposable> {
    const steps = this.#forRun(run);
    const left = brokenVariables();
    if (left.length > 0) {
      run.warn(`srun does not get variables that are not UTF-8: ${left.map(showBytes).join(", ")}`);
    }
    await steps.reapOrphans(run);
    const opened = await this.#openPilots(run, steps) ?? steps;
    return noteOpened(opened, { launcher: this, launch: SlurmLauncher.prototype.launch });
  }

  /** @ignore */
  launch(command: WorkerCommand): Promise<WorkerProcess> {
    return this.#forRun({ runId: "", gracePeriod: 10_000 }).launch(command);
  }

  /** Returns what launches workers through a pilot per node; undefined if each is a step of its own. */
  async #openPilots(
    run: LaunchRun,
    steps: SlurmSteps,
  ): Promise<Launcher & AsyncDisposable | undefined> {
    const [allocation, lease, deno] = [this.#allocation, this.#lease, this.#remoteDeno];
    if (allocation === undefined || deno === NO_REMOTE_DENO) return undefined;
    if (this.#args.length > 0) {
      run.warn("each worker is a step of its own, as the arguments for srun are for one worker");
      return undefined;
    }
    const { runId, signal } = run;
    const nodes = await SlurmPilotNodes.open({ allocation, runId, signal, steps });
    if (nodes.current().length === 0) {
      await nodes.stop();
      if (signal.aborted) return undefined;
      run.warn("each worker is a step of its own, as Slurm does not tell the nodes of the job");
      return undefined;
    }
    const { PilotRun } = await import("../pilot/pilot_run.ts");
    const pilots = new PilotRun({ nodes, lease, deno, run });
    // In the environment of a pilot, this is the number of all processors there.
    const facts = { SLURM_CPUS_PER_TASK: allocation.cpusPerTask ?? "1" };
    return {
      launch: (command) => pilots.launch({ ...command, env: { ...facts, ...command.env } }),
      [Symbol.asyncDispose]: () => pilots[Symbol.asyncDispose](),
    };
  }

  #forRun({ runId, gracePeriod }: Pick<LaunchRun, "runId" | "gracePeriod">): SlurmSteps {
    const [args, lease, allocation] = [this.#args, this.#lease, this.#allocation];
    return new SlurmSteps({ args, lease, allocation, runId, gracePeriod });
  }
}
