/**
 * The launcher of one run in Slurm: each worker is a step.
 *
 * @module
 */
import type {
  InFlightAttempt,
  Launcher,
  LaunchRun,
  Placement,
  WorkerCommand,
  WorkerProcess,
} from "../launcher.ts";
import { BOOTSTRAP } from "../remote/agent.ts";
import { FailedLaunch, type NotLaunched } from "../remote/failed_launch.ts";
import { awaitInFlight } from "../in_flight.ts";
import { NodeHealth } from "../remote/node_health.ts";
import { RemoteProcess } from "../remote/remote_process.ts";
import { explainSpawnError } from "../spawn_errors.ts";
import type { SlurmAllocation } from "./allocation.ts";
import { areStepsGone, endSteps, killStep } from "./commands.ts";
import { SlurmJob } from "./job_state.ts";

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

/** Variables that would ask srun for more than its arguments do, or that belong to another run. */
const NOT_FOR_SRUN = [
  "SLURM_MEM_PER_CPU",
  "SLURM_MEM_PER_GPU",
  "SLURM_MEM_PER_NODE",
  "EXECUTOR_RUN_ID",
];

/** The facts that an agent finds in the environment of its step. Slurm ends a job by sending SIGTERM to all of its processes. */
const ENGINE = {
  node: '"$SLURMD_NODENAME"',
  id: '"$SLURM_JOB_ID.$SLURM_STEP_ID"',
  settle: "0.2",
};

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
    const state = await this.#job.state;
    if (state === "gone") return new FailedLaunch(this.#gone);
    // Slurm would end a step that began now, and a step that ended by itself would not be run again.
    if (state === "held") return new FailedLaunch(this.#awaitRelease());
    const client = {
      command: "srun",
      args: this.#arguments(),
      env: environment(),
      engine: ENGINE,
      cancel: async ({ id }: Placement) => id === undefined ? undefined : await killStep(id),
      failedNode: (messages: string) => /\bnode (\S+?)[:,]?(?:\s|$)/m.exec(messages)?.[1],
    };
    try {
      const step = RemoteProcess.start(client, {
        command,
        gracePeriod: this.#options.gracePeriod,
        lease: this.#options.lease,
        onFailure: (node) => {
          this.#nodeHealth.recordFailure(node);
          this.#job.refresh();
        },
        beforeLost: async () => void await this.#job.state,
      });
      this.#steps.add(step);
      step.closed.then(() => this.#steps.delete(step));
      return step;
    } catch (error) {
      throw explainSpawnError(error, { command: client.command, subject: client.command });
    }
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

  #arguments(): string[] {
    const { args, allocation, runId } = this.#options;
    const unhealthy = this.#nodeHealth.unhealthy();
    const hasOthers = unhealthy.length < (allocation?.nodes ?? Infinity);
    return [
      "--nodes=1",
      "--ntasks=1",
      // Otherwise srun holds back text without a newline, such as a question or a progress bar.
      "--unbuffered",
      `--job-name=${stepName(runId)}`,
      // Steps run side by side: each on its own processors, none with all of the memory.
      ...(allocation === undefined ? [] : ["--exact", "--mem=0"]),
      ...(allocation?.cpusPerTask ? [`--cpus-per-task=${allocation.cpusPerTask}`] : []),
      ...(unhealthy.length > 0 && hasOthers ? [`--exclude=${unhealthy.join(",")}`] : []),
      ...args,
      ...BOOTSTRAP,
    ];
  }
}

/** Returns the name by which a run's steps are found. */
function stepName(runId: string): string {
  return `executor-${runId}`;
}

/** Returns the variables for srun. */
function environment(): Record<string, string> {
  const variables = Object.entries(Deno.env.toObject());
  return Object.fromEntries(variables.filter(([name]) => !NOT_FOR_SRUN.includes(name)));
}
