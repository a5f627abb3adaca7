import { Executor } from "./cluster_executor.ts";
import { CPUS, NODES } from "./nodes.ts";
import type { SlurmCluster } from "./slurm_cluster.ts";
import { mustRun, run } from "./daemon.ts";
import { argumentsOf, type Way } from "./ways.ts";

/** What a job asks for, and how workers get there. */
export interface AllocationOptions {
  /**
   * One, or so many that each node has as many as the others.
   *
   * @default All processors of the three nodes.
   */
  readonly tasks?: number;
  /** The processors of each task. */
  readonly cpusPerTask?: number;
  /** Whether the executor runs in a step, which has one processor. */
  readonly isInStep?: boolean;
  /** @default {"pilots"} */
  readonly way?: Way;
}

/** A job that holds processors of all nodes, until it is disposed of. */
export class Allocation implements AsyncDisposable {
  /** What a process inside it would find. */
  readonly env: Record<string, string>;

  readonly #way: Way;

  private constructor(readonly jobId: string, env: Record<string, string>, way: Way) {
    this.env = env;
    this.#way = way;
  }

  /** Gets one. */
  static async of(cluster: SlurmCluster, options: AllocationOptions = {}): Promise<Allocation> {
    const { tasks = 3 * CPUS, cpusPerTask } = options;
    const nodes = Math.min(tasks, NODES.length);
    const perTask = cpusPerTask === undefined ? [] : [`--cpus-per-task=${cpusPerTask}`];
    const args = ["--no-shell", "--no-kill", `-N${nodes}`, `-n${tasks}`, ...perTask];
    const { stderr } = await run("salloc", args, cluster.env);
    const [, jobId] = /Granted job allocation (\d+)/.exec(stderr) ?? [];
    if (jobId === undefined) throw new Error(`salloc failed: ${stderr}`);
    const env = {
      ...cluster.env,
      SLURM_JOB_ID: jobId,
      SLURM_JOB_NUM_NODES: `${nodes}`,
      SLURM_JOB_NODELIST: nodes === 1 ? "n1" : `n[1-${nodes}]`,
      SLURM_JOB_CPUS_PER_NODE: `${tasks / nodes * (cpusPerTask ?? 1)}(x${nodes})`,
      SLURM_NTASKS: `${tasks}`,
      ...(cpusPerTask === undefined ? {} : { SLURM_CPUS_PER_TASK: `${cpusPerTask}` }),
    };
    const step = options.isInStep ? await variablesOfStep(env) : {};
    return new Allocation(jobId, { ...env, ...step }, options.way ?? "pilots");
  }

  /** Starts the command line inside of it. */
  conduct(args: string[], command: string[], folder: string): Executor {
    return new Executor(
      ["run", "--launcher", "slurm", "--reporter", "plain", ...argumentsOf(this.#way), ...args],
      { command, folder, env: this.env },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await mustRun("scancel", [this.jobId], this.env);
  }
}

/** Returns the variables that Slurm adds in a step of one processor. */
async function variablesOfStep(env: Record<string, string>): Promise<Record<string, string>> {
  const text = await mustRun("srun", ["--overlap", "-N1", "-n1", "-c1", "env"], env);
  const lines = text.split("\n").map((line) => /^(SLURM_\w+)=(.*)$/.exec(line) ?? []);
  return Object.fromEntries(
    lines.flatMap(([, name, value]) =>
      name !== undefined && /_BIND|_STEP_ID$/.test(name) ? [[name, value!]] : []
    ),
  );
}

/** Takes over what a process inside of an allocation would find, until it is disposed of. */
export function enter({ env }: Allocation): Disposable {
  const before = new Map(Object.keys(env).map((name) => [name, Deno.env.get(name)]));
  for (const [name, value] of Object.entries(env)) Deno.env.set(name, value);
  return {
    [Symbol.dispose]() {
      for (const [name, value] of before) {
        if (value === undefined) Deno.env.delete(name);
        else Deno.env.set(name, value);
      }
    },
  };
}
