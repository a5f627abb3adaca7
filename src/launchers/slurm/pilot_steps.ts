/**
 * The nodes of an allocation of Slurm, on each of which a pilot can be started as a step.
 *
 * @module
 */
import { unlessAborted } from "../../base/abort.ts";
import type { WorkerCommand, WorkerProcess } from "../launcher.ts";
import type { ConnectedNode, PilotNode, PilotNodes } from "../pilot/pilot_node.ts";
import type { AllocatedNode, SlurmAllocation } from "./allocation.ts";
import { JobNodes, type JobNodesOptions } from "./nodes.ts";
import { BESIDE_OTHERS, stepClient } from "./step_client.ts";
import type { SlurmSteps } from "./steps.ts";

/** Options of {@linkcode SlurmPilotNodes}. */
export interface SlurmPilotNodesOptions extends Pick<JobNodesOptions, "ask"> {
  readonly allocation: SlurmAllocation;
  readonly runId: string;
  /** Aborted when the run is stopped: Slurm is not waited for any more. */
  readonly signal: AbortSignal;
  /** Starts workers where a node has no Deno, and knows the state of the job. */
  readonly steps:
    & Pick<SlurmSteps, "launchOn" | "refusal" | "refreshJob" | "jobSeen">
    & AsyncDisposable;
}

/** The nodes of the allocation. */
export class SlurmPilotNodes implements PilotNodes, AsyncDisposable {
  readonly #options: SlurmPilotNodesOptions;
  readonly #job: JobNodes;
  readonly #nodes = new Map<string, SlurmNode>();

  private constructor(options: SlurmPilotNodesOptions) {
    this.#options = options;
    this.#job = new JobNodes(options);
    this.#update();
    this.#job.onChange(() => this.#update());
  }

  /** Finds the nodes. There are none if neither the environment nor Slurm names them. */
  static async open(options: SlurmPilotNodesOptions): Promise<SlurmPilotNodes> {
    const nodes = new SlurmPilotNodes(options);
    await unlessAborted(nodes.#job.look(), options.signal);
    return nodes;
  }

  /** See {@linkcode PilotNodes.current}. */
  current = (): readonly PilotNode[] => Array.from(this.#nodes.values());

  /** See {@linkcode PilotNodes.onChange}. */
  onChange = (callback: () => void): Disposable => this.#job.onChange(callback);

  /** See {@linkcode PilotNodes.refusal}. */
  refusal = (): Promise<WorkerProcess | undefined> => this.#options.steps.refusal();

  /** See {@linkcode PilotNodes.noteFailure}. */
  noteFailure = (): void => {
    this.#options.steps.refreshJob();
    this.#job.look();
  };

  /** See {@linkcode PilotNodes.beforeLost}. */
  beforeLost = (): Promise<void> => this.#options.steps.jobSeen();

  /** Stops to look at the job. */
  async stop(): Promise<void> {
    await this.#job[Symbol.asyncDispose]();
  }

  /** Stops to look at the job, and closes the steps. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#options.steps[Symbol.asyncDispose]();
  }

  /** Keeps the objects of nodes that are still there. */
  #update(): void {
    const names = new Set(this.#job.nodes.map(({ name }) => name));
    for (const name of this.#nodes.keys()) {
      if (!names.has(name)) this.#nodes.delete(name);
    }
    for (const node of this.#job.nodes) {
      const known = this.#nodes.get(node.name);
      if (known === undefined) this.#nodes.set(node.name, new SlurmNode(node, this.#options));
      else known.allocated = node;
    }
  }
}

class SlurmNode implements PilotNode {
  readonly #options: SlurmPilotNodesOptions;

  /** @param allocated What the job has there. */
  constructor(public allocated: AllocatedNode, options: SlurmPilotNodesOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.allocated.name;
  }

  /** As many as steps with the processors of a task would run side by side. */
  get workers(): number {
    const { cpus, tasks = 1 } = this.allocated;
    const perTask = Number(this.#options.allocation.cpusPerTask ?? 1);
    return Math.max(tasks, perTask > 0 ? Math.floor(cpus / perTask) : 1);
  }

  connect(): Promise<ConnectedNode> {
    const client = stepClient({
      runId: this.#options.runId,
      isPilot: true,
      args: [
        `--nodelist=${this.name}`,
        ...BESIDE_OTHERS,
        // It must not wait for a step that Slurm still takes for running. Other steps of the job must not wait for it.
        "--overlap",
        // Without it, the pilot and all of its workers would have one processor.
        `--cpus-per-task=${this.allocated.cpus}`,
      ],
    });
    return Promise.resolve({ client, [Symbol.dispose]() {} });
  }

  launchWithAgent(command: WorkerCommand): Promise<WorkerProcess> {
    return Promise.try(() => this.#options.steps.launchOn(this.name, command));
  }
}
