/**
 * Client that leads to a step: srun with its arguments and its environment.
 *
 * @module
 */
import type { Placement } from "../launcher.ts";
import { BOOTSTRAP } from "../remote/agent.ts";
import type { RemoteClient } from "../remote/client.ts";
import { killStep } from "./commands.ts";

/** Variables that would ask srun for more than its arguments do, or that belong to another run. */
const NOT_FOR_SRUN = [
  "SLURM_MEM_PER_CPU",
  "SLURM_MEM_PER_GPU",
  "SLURM_MEM_PER_NODE",
  "EXECUTOR_RUN_ID",
];

/**
 * Variables that describe one task of the job, or the job as a whole. A pilot has all that the job has on its node. The variables
 * would give it less, ask for more, or contradict its arguments.
 */
const NOT_FOR_PILOTS = [
  "SLURM_CPUS_PER_TASK",
  "SLURM_CPUS_PER_GPU",
  "SLURM_GPUS",
  "SLURM_GPUS_PER_SOCKET",
  "SLURM_GPUS_PER_TASK",
  "SLURM_HINT",
  "SLURM_NTASKS_PER_GPU",
  "SLURM_NTASKS_PER_NODE",
  "SLURM_NTASKS_PER_SOCKET",
  "SLURM_THREADS_PER_CORE",
  "SLURM_TRES_PER_TASK",
];

/**
 * Variables that Slurm sets in each step, and that srun takes for arguments. If this process runs in a step, they would bind
 * others to the processors and the memory of that one.
 */
const BINDING = [
  "SLURM_CPU_BIND",
  "SLURM_CPU_BIND_LIST",
  "SLURM_CPU_BIND_TYPE",
  "SLURM_CPU_BIND_VERBOSE",
  "SLURM_MEM_BIND",
  "SLURM_MEM_BIND_LIST",
  "SLURM_MEM_BIND_PREFER",
  "SLURM_MEM_BIND_SORT",
  "SLURM_MEM_BIND_TYPE",
  "SLURM_MEM_BIND_VERBOSE",
];

/** The facts that an agent finds in the environment of its step. Slurm ends a job by sending SIGTERM to all of its processes. */
const ENGINE = {
  node: '"$SLURMD_NODENAME"',
  id: '"$SLURM_JOB_ID.$SLURM_STEP_ID"',
  settle: "0.2",
};

/** Options of {@linkcode stepClient}. */
export interface StepClientOptions {
  readonly runId: string;
  /** The arguments of srun that this kind of step has for itself. */
  readonly args: readonly string[];
  /** Whether the step is a pilot. */
  readonly isPilot?: boolean;
}

/** Returns the client that starts a step of one task, with a shell in it that waits for its script. */
export function stepClient({ runId, args, isPilot = false }: StepClientOptions): RemoteClient {
  return {
    command: "srun",
    args: [
      "--nodes=1",
      "--ntasks=1",
      // Otherwise srun holds back text without a newline, such as a question or a progress bar.
      "--unbuffered",
      `--job-name=${stepName(runId)}`,
      ...args,
      ...BOOTSTRAP,
    ],
    env: environment([
      ...NOT_FOR_SRUN,
      ...(isPilot ? NOT_FOR_PILOTS : []),
      ...(isPilot || Deno.env.has("SLURM_STEP_ID") ? BINDING : []),
    ]),
    engine: ENGINE,
    cancel: async ({ id }: Placement) => id === undefined ? undefined : await killStep(id),
    failedNode: (messages: string) => /\bnode (\S+?)[:,]?(?:\s|$)/m.exec(messages)?.[1],
  };
}

/** Arguments of a step in an allocation. Steps run side by side: each on its own processors, none with all of the memory. */
export const BESIDE_OTHERS: readonly string[] = ["--exact", "--mem=0"];

/** Returns the name by which a run's steps are found. */
export function stepName(runId: string): string {
  return `executor-${runId}`;
}

/** Returns the variables for srun: those of this process without some of them. */
function environment(without: readonly string[]): Record<string, string> {
  const variables = Object.entries(Deno.env.toObject());
  return Object.fromEntries(variables.filter(([name]) => !without.includes(name)));
}
