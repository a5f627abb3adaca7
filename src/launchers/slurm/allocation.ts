/**
 * The Slurm job that this process is in, as its environment describes it.
 *
 * @module
 */

/** A job that has resources for steps. */
export interface SlurmAllocation {
  /** The job's id. */
  readonly jobId: string;
  /** How many nodes it has. */
  readonly nodes: number;
  /** How many tasks it has room for. */
  readonly tasks: number;
  /** Processors per task, if that was asked for; srun does not take this over by itself. */
  readonly cpusPerTask?: string;
}

/** Reads the variables that salloc and sbatch set; returns undefined outside of a job. */
export function allocation(
  readEnv: (variable: string) => string | undefined,
): SlurmAllocation | undefined {
  const jobId = readEnv("SLURM_JOB_ID");
  if (jobId === undefined) return undefined;
  const given = Number(readEnv("SLURM_NTASKS"));
  const perNode = readEnv("SLURM_TASKS_PER_NODE") ?? "1";
  return {
    jobId,
    nodes: Number(readEnv("SLURM_JOB_NUM_NODES") ?? 1),
    tasks: given > 0 ? given : countTasks(perNode),
    cpusPerTask: readEnv("SLURM_CPUS_PER_TASK"),
  };
}

/** Returns whether Slurm has started this job again, after a node failure or a preemption. */
export function wasRequeued(readEnv: (variable: string) => string | undefined): boolean {
  return Number(readEnv("SLURM_RESTART_COUNT") ?? 0) > 0;
}

/** Sums up `8(x3),4`. */
function countTasks(perNode: string): number {
  return perNode.split(",").reduce((sum, part) => {
    const [, tasks = "1", times = "1"] = /^(\d+)(?:\(x(\d+)\))?$/.exec(part) ?? [];
    return sum + Number(tasks) * Number(times);
  }, 0);
}
