/**
 * The steps of one run.
 *
 * @module
 */
import type { Launcher, LaunchRun, Placement, WorkerCommand, WorkerProcess } from "../launcher.ts";
import { FailedLaunch, type NotLaunched } from "../remote/failed_launch.ts";
import { RemoteProcess } from "../remote/remote_process.ts";
import { explainSpawn } from "../spawn_errors.ts";
import { NodeHealth } from "../remote/node_health.ts";
import { awaitInFlight } from "../remote/in_flight.ts";
import { BOOTSTRAP } from "../remote/agent.ts";
import { lastErrorLine } from "../remote/client.ts";
import type { SlurmAllocation } from "./allocation.ts";
import { SlurmJob } from "./job_state.ts";
import { cancelStep, endSteps } from "./commands.ts";

/** What a run's steps share. */
export interface SlurmStepsOptions {
  readonly args: readonly string[];
  readonly lease: number;
  /** The job that they are steps of; each is a job of its own without. */
  readonly allocation: SlurmAllocation | undefined;
  readonly runId: string;
  readonly gracePeriod: number;
}

/** Variables that would ask for something beside what the arguments say, or that belong to another run. */
const NOT_FOR_SRUN = [
  "SLURM_MEM_PER_CPU",
  "SLURM_MEM_PER_GPU",
  "SLURM_MEM_PER_NODE",
  "EXECUTOR_RUN_ID",
];

/** Launches steps, and sees them to their end. */
export class SlurmSteps implements Launcher, AsyncDisposable {
  readonly #options: SlurmStepsOptions;
  readonly #troubled = new NodeHealth();
  readonly #steps = new Set<RemoteProcess>();
  readonly #job: SlurmJob;

  constructor(options: SlurmStepsOptions) {
    this.#options = options;
    this.#job = new SlurmJob(options.allocation?.jobId);
  }

  /** See {@linkcode Launcher.launch}. */
  async launch(command: WorkerCommand): Promise<WorkerProcess> {
    const fate = await this.#job.fate;
    if (fate === "gone") return new FailedLaunch(this.#gone);
    // Whatever began now would be ended, and a job that ended by itself would not be run again.
    if (fate === "held") return new FailedLaunch(this.#unheld());
    const { lease, gracePeriod } = this.#options;
    const client = {
      command: "srun",
      args: this.#arguments(),
      env: environment(),
      explain: lastErrorLine,
      cancel: (place: Placement) => cancelStep(place.id),
      failedNode: (words: string) => /\bnode (\S+?)[:,]?(?:\s|$)/m.exec(words)?.[1],
    };
    try {
      const step = new RemoteProcess(client, command, {
        gracePeriod,
        lease,
        onFailure: (node) => {
          this.#troubled.add(node);
          this.#job.look();
        },
        beforeLost: async () => void await this.#job.fate,
      });
      this.#steps.add(step);
      step.closed.then(() => this.#steps.delete(step));
      return step;
    } catch (error) {
      throw explainSpawn(error, client.command);
    }
  }

  /** Ends what earlier runs of the same job have left in this allocation. */
  async endEarlier({ earlierRuns, unended, ...run }: LaunchRun): Promise<void> {
    if (earlierRuns.length === 0) return;
    await endSteps(earlierRuns.map(stepName), { ...this.#options, ...run });
    // Of what the engine has no name for, Slurm cannot tell.
    const left = unended.filter(({ id }) => id === undefined);
    await awaitInFlight(left, { ...run, lease: this.#options.lease });
  }

  /** Resolves when no client is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#job.forget();
    await Promise.all(Array.from(this.#steps, (step) => step.closed));
  }

  get #gone(): NotLaunched {
    return { reason: this.#job.obituary, permanent: true };
  }

  async #unheld(): Promise<NotLaunched> {
    const fate = await this.#job.changed();
    return fate === "gone" ? this.#gone : { reason: "Slurm held the allocation back for a while" };
  }

  #arguments(): string[] {
    const { args, allocation, runId } = this.#options;
    const troubled = this.#troubled.now();
    const avoidsThem = troubled.length > 0 && troubled.length < (allocation?.nodes ?? Infinity);
    return [
      "--nodes=1",
      "--ntasks=1",
      // Else what has no newline yet, such as a question or a bar, would be held back.
      "--unbuffered",
      `--job-name=${stepName(runId)}`,
      // Steps side by side, each on its own processors, none with all of the memory.
      ...(allocation === undefined ? [] : ["--exact", "--mem=0"]),
      ...(allocation?.cpusPerTask ? [`--cpus-per-task=${allocation.cpusPerTask}`] : []),
      ...(avoidsThem ? [`--exclude=${troubled.join(",")}`] : []),
      ...args,
      ...BOOTSTRAP,
    ];
  }
}

/** By it, a run's steps are found. */
function stepName(runId: string): string {
  return `executor-${runId}`;
}

function environment(): Record<string, string> {
  const variables = Object.entries(Deno.env.toObject());
  return Object.fromEntries(variables.filter(([name]) => !NOT_FOR_SRUN.includes(name)));
}
