/**
 * The launcher of one run in Slurm where there are no pilots: each worker is a step.
 *
 * @module
 */
import type {
  InFlightAttempt,
  Launcher,
  LaunchRun,
  WorkerCommand,
  WorkerProcess,
} from "../launcher.ts";
import { FailedLaunch, type NotLaunched } from "../remote/failed_launch.ts";
import { awaitInFlight } from "../in_flight.ts";
import { NodeHealth } from "../remote/node_health.ts";
import { RemoteProcess } from "../remote/remote_process.ts";
import { explainSpawnError } from "../spawn_errors.ts";
import type { SlurmAllocation } from "./allocation.ts";
import { areStepsGone, endSteps } from "./commands.ts";
import { SlurmJob } from "./job_state.ts";
import { BESIDE_OTHERS, stepClient, stepName } from "./step_client.ts";

/** Options of {@linkcode SlurmSteps}. */
export interface SlurmStepsOptions {
  /** More arguments for srun. */
  readonly args: readonly string[];
  readonly lease: number;
  /** The job that the steps belong to; if left out, each is a job of its own. */
  readonly allocation: SlurmAllocation | undefined;
  readonly runId: string;
  readonly gracePeriod: number;
}

/** Launches steps and waits for their end. */
export class SlurmSteps implements Launcher, AsyncDisposable {
  readonly #options: SlurmStepsOptions;
  readonly #nodeHealth = new NodeHealth();
  readonly #steps = new Set<RemoteProcess>();
  readonly #job: SlurmJob;

  constructor(options: SlurmStepsOptions) {
    this.#options = options;
    this.#job = new SlurmJob(options.allocation?.jobId);
  }

  /** See {@linkcode Launcher.launch}. */
  async launch(command: WorkerCommand): Promise<WorkerProcess> {
    return await this.refusal() ?? this.#start(command, this.#healthyNodes());
  }

  /** As {@linkcode launch}, on one node, and even if the job is held. */
  launchOn(node: string, command: WorkerCommand): WorkerProcess {
    return this.#start(command, [`--nodelist=${node}`]);
  }

  /** Returns what stands in for a worker if none can be started now. It fails when workers can start again, or never will. */
  async refusal(): Promise<WorkerProcess | undefined> {
    const state = await this.#job.state;
    if (state === "gone") return new FailedLaunch(this.#gone);
    // Slurm would end a step that began now, and a step that ended by itself would not be run again.
    if (state === "held") return new FailedLaunch(this.#awaitRelease());
    return undefined;
  }

  /** Looks at the job again, as a step has failed. */
  refreshJob(): void {
    this.#job.refresh();
  }

  /** Resolves when the job was looked at after the last failure. */
  async jobSeen(): Promise<void> {
    await this.#job.state;
  }

  /** Ends the steps that earlier runs of the same job have left in this allocation. */
  async reapOrphans({ earlierRuns, inFlight, ...run }: LaunchRun): Promise<void> {
    if (earlierRuns.length > 0) {
      await endSteps(earlierRuns.map(stepName), { ...this.#options, ...run });
    }
    const unknown = await this.#unknown(inFlight, earlierRuns);
    await awaitInFlight(unknown, { ...run, lease: this.#options.lease });
  }

  /** Returns the attempts that may still run. Those of an executor elsewhere end by themselves if that is gone. */
  async #unknown(
    attempts: LaunchRun["inFlight"],
    endedRuns: readonly string[],
  ): Promise<LaunchRun["inFlight"]> {
    const isEnded = ({ runId }: InFlightAttempt) => endedRuns.includes(runId);
    const others = attempts.filter((attempt) => !isEnded(attempt));
    const names = Array.from(new Set(others.map(({ runId }) => stepName(runId))));
    const areGone = names.length > 0 && await areStepsGone(names);
    // Slurm knows nothing about attempts without an id.
    return attempts.filter((attempt) => attempt.id === undefined || !(isEnded(attempt) || areGone));
  }

  /** Resolves when no client is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#job[Symbol.dispose]();
    await Promise.all(Array.from(this.#steps, (step) => step.closed));
  }

  get #gone(): NotLaunched {
    return { reason: this.#job.goneReason, permanent: true };
  }

  async #awaitRelease(): Promise<NotLaunched> {
    const state = await this.#job.released();
    return state === "gone" ? this.#gone : { reason: "Slurm held the allocation back for a while" };
  }

  #start(command: WorkerCommand, where: readonly string[]): WorkerProcess {
    const { args, allocation, runId } = this.#options;
    const client = stepClient({
      runId,
      args: [
        ...(allocation === undefined ? [] : BESIDE_OTHERS),
        ...(allocation?.cpusPerTask ? [`--cpus-per-task=${allocation.cpusPerTask}`] : []),
        ...where,
        ...args,
      ],
    });
    try {
      const step = RemoteProcess.start(client, {
        command,
        gracePeriod: this.#options.gracePeriod,
        lease: this.#options.lease,
        onFailure: (node) => {
          this.#nodeHealth.recordFailure(node);
          this.refreshJob();
        },
        beforeLost: () => this.jobSeen(),
      });
      this.#steps.add(step);
      step.closed.then(() => this.#steps.delete(step));
      return step;
    } catch (error) {
      throw explainSpawnError(error, { command: client.command, subject: client.command });
    }
  }

  /** Returns the argument that leaves out nodes that have failed, unless all of them have. */
  #healthyNodes(): string[] {
    const unhealthy = this.#nodeHealth.unhealthy();
    const hasOthers = unhealthy.length < (this.#options.allocation?.nodes ?? Infinity);
    return unhealthy.length > 0 && hasOthers ? [`--exclude=${unhealthy.join(",")}`] : [];
  }
}
