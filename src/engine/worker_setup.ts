/**
 * Additions to a worker's command for what it may use: variables, and programs in front of it.
 *
 * @module
 */
import { readEnv } from "../base/env.ts";
import type { WorkerCommand } from "../launchers/launcher.ts";
import type { WorkerSlot } from "./worker_slots.ts";

/** Variables that tell libraries how many threads to use. */
const THREAD_VARIABLES = [
  "OMP_NUM_THREADS",
  "OPENBLAS_NUM_THREADS",
  "MKL_NUM_THREADS",
  "VECLIB_MAXIMUM_THREADS",
  "NUMEXPR_NUM_THREADS",
  // NumExpr refuses more threads than this.
  "NUMEXPR_MAX_THREADS",
  "POLARS_MAX_THREADS",
  "RAYON_NUM_THREADS",
] as const;

/** The variables by which programs find their GPU: those of CUDA, and of ROCm. */
const GPU_VARIABLES = ["CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"] as const;

/** What a worker may use. */
export interface WorkerSetup {
  /** The GPU and the processors of its process. */
  readonly slot?: Omit<WorkerSlot, keyof Disposable>;
  /** How many threads it is to use. */
  readonly threads?: number;
  /** What is added to its niceness. */
  readonly nice?: number;
}

/** Returns the number of processors that a worker is told, if it is told one. */
export function cpusOf({ threads, slot }: WorkerSetup): number | undefined {
  return threads ?? slot?.processors?.length;
}

/** Returns the variables that limit the threads of a worker: those that neither its environment nor that of the executor has. */
export function threadVariables(
  { threads }: WorkerSetup,
  env: Readonly<Record<string, string>> = {},
): Record<string, string> {
  if (threads === undefined) return {};
  const names = THREAD_VARIABLES.filter((name) => !(name in env) && readEnv(name) === undefined);
  return Object.fromEntries(names.map((name) => [name, `${threads}`]));
}

/** Returns the variables that show a worker its GPU. No other value is possible: two workers would share one unawares. */
export function gpuVariables({ slot: { gpu } = {} }: WorkerSetup): Record<string, string> {
  return gpu === undefined ? {} : Object.fromEntries(GPU_VARIABLES.map((name) => [name, gpu]));
}

/** Puts the programs in front of a command that set its priority and its processors, and then become it. */
export function prefixed(
  command: WorkerCommand,
  { nice = 0, slot: { processors } = {} }: WorkerSetup,
): WorkerCommand {
  const [first, ...others] = [
    ...(nice === 0 ? [] : ["nice", "-n", `${nice}`]),
    ...(processors === undefined ? [] : ["taskset", "-c", processors.join(",")]),
  ];
  if (first === undefined) return command;
  return { ...command, command: first, args: [...others, command.command, ...command.args] };
}

/** Returns how many threads each worker is to use; undefined if it is not told. */
export function threadsPerWorker(
  { threads, cpus }: { readonly threads?: number | "auto"; readonly cpus?: number },
  numWorkers: number,
): number | undefined {
  if (threads !== "auto") return threads;
  return cpus ?? Math.max(1, Math.floor(navigator.hardwareConcurrency / Math.max(1, numWorkers)));
}
