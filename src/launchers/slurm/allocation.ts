/**
 * The Slurm job that this process is in, as its environment describes it.
 *
 * @module
 */
import { expandCounts, expandHosts } from "./host_list.ts";

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
  /** The nodes as they were at the start of the job, with their processors; empty if the environment does not name them. */
  readonly nodeList: readonly AllocatedNode[];
}

/** A node of a job. */
export interface AllocatedNode {
  readonly name: string;
  /** How many processors the job has there. */
  readonly cpus: number;
  /** How many tasks the job has room for there, if that is known. */
  readonly tasks?: number;
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
    tasks: given > 0 ? given : expandCounts(perNode).reduce((sum, tasks) => sum + tasks, 0),
    cpusPerTask: readEnv("SLURM_CPUS_PER_TASK"),
    nodeList: nodeList(readEnv),
  };
}

/** Returns the nodes, unless a variable about them is missing or does not fit the others. */
function nodeList(readEnv: (variable: string) => string | undefined): AllocatedNode[] {
  const names = expandHosts(readEnv("SLURM_JOB_NODELIST") ?? "");
  const cpus = expandCounts(readEnv("SLURM_JOB_CPUS_PER_NODE") ?? "");
  const tasks = expandCounts(readEnv("SLURM_TASKS_PER_NODE") ?? "");
  if (names.length !== cpus.length) return [];
  const hasTasks = tasks.length === names.length;
  return names.map((name, index) => ({
    name,
    cpus: cpus[index]!,
    tasks: hasTasks ? tasks[index] : undefined,
  }));
}

/** Returns whether Slurm has started this job again, after a node failure or a preemption. */
export function wasRequeued(readEnv: (variable: string) => string | undefined): boolean {
  return Number(readEnv("SLURM_RESTART_COUNT") ?? 0) > 0;
}
