/**
 * Workers as steps of a Slurm job.
 *
 * @module
 */
import { readEnv } from "../../base/env.ts";
import type { Launcher, LaunchRun, WorkerCommand, WorkerProcess } from "../launcher.ts";
import { checkedLease, DEFAULT_LEASE_MS } from "../remote/lease.ts";
import { allocation, type SlurmAllocation } from "./allocation.ts";
import { SlurmSteps } from "./steps.ts";

/** How workers are run through Slurm. */
export interface SlurmLauncherOptions {
  /** More arguments for srun, such as `--gpus=1`. */
  args?: readonly string[];
  /**
   * Whether each worker queues as a job of its own, in place of being a step of the job that the executor is in.
   *
   * @default {false}
   */
  queue?: boolean;
  /**
   * Milliseconds without a word, at least 1000, after which executor and worker take each other for gone: the worker is
   * then ended, and its range is tried again when that must have happened.
   *
   * @default {15000}
   */
  lease?: number;
}

const NO_ALLOCATION =
  "Cannot run workers through Slurm as this is not inside an allocation: begin with " +
  "`salloc --no-kill -n 64 executor run …`, or `sbatch --no-kill -n 64` with a script that runs it " +
  "(or let each worker queue as a job of its own: --slurm-queue)";

/**
 * Runs each attempt as a step (`srun`) of the Slurm job that this process is in, so that it must run inside `salloc` or
 * `sbatch`, with their `--no-kill`: else the first node that fails ends the job. A small agent, a POSIX shell script, stands
 * beside each worker: it needs `sh` and `setsid` on the nodes.
 *
 * @example
 * ```ts ignore
 * import { SlurmLauncher, SubprocessExecutor } from "@lambdawaker/executor";
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
  readonly #allocation: SlurmAllocation | undefined;

  /**
   * Looks for the allocation.
   *
   * @throws {RangeError} If there is none, or the lease is out of its bounds.
   */
  constructor({ args = [], queue = false, lease = DEFAULT_LEASE_MS }: SlurmLauncherOptions = {}) {
    this.#args = args;
    this.#lease = checkedLease(lease);
    this.#allocation = queue ? undefined : allocation(readEnv);
    if (!queue && this.#allocation === undefined) throw new RangeError(NO_ALLOCATION);
  }

  /**
   * See {@linkcode Launcher.capacity}: as many workers as the allocation has tasks.
   *
   * @throws {RangeError} If each worker queues as a job: then only a person knows.
   */
  capacity(): number {
    if (this.#allocation !== undefined) return this.#allocation.tasks;
    throw new RangeError(
      "Cannot run the task as numWorkers must be said where each worker queues as a job of its own",
    );
  }

  /** See {@linkcode Launcher.open}. */
  async open(run: LaunchRun): Promise<Launcher & AsyncDisposable> {
    const slurm = this.#forRun(run);
    await slurm.endEarlier(run);
    return slurm;
  }

  /** See {@linkcode Launcher.launch}. */
  launch(command: WorkerCommand): Promise<WorkerProcess> {
    return this.#forRun({ runId: "", gracePeriod: 10_000 }).launch(command);
  }

  #forRun({ runId, gracePeriod }: Pick<LaunchRun, "runId" | "gracePeriod">): SlurmSteps {
    const [args, lease, allocation] = [this.#args, this.#lease, this.#allocation];
    return new SlurmSteps({ args, lease, allocation, runId, gracePeriod });
  }
}
