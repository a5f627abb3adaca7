/**
 * GPUs of this machine: finds them, and those among them that this process may use.
 *
 * @module
 */
import { readEnv } from "../../base/env.ts";
import { findProgram } from "../../base/programs.ts";

/** The variables that may tell which GPUs this process has, the first one first. */
const VISIBLE = ["CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"] as const;
/** It hides GPUs from the layer below HIP, which then numbers the others anew, from 0. */
const ROCR_VISIBLE = "ROCR_VISIBLE_DEVICES";
/** Time that nvidia-smi may take, in milliseconds. It takes seconds if the driver is not loaded all the time. */
const TOOL_MS = 30_000;

/** The GPUs that a variable of the environment allows. */
export interface VisibleGpus {
  /** The variable. */
  readonly variable: string;
  /** Its value. */
  readonly value: string;
  /** Their ids; none if the variable hides all GPUs. */
  readonly ids: readonly string[];
}

/** Options of {@linkcode findGpus}. */
export interface FindGpusOptions {
  /**
   * The folder in which `proc` and `sys` are.
   *
   * @default {""}
   */
  readonly root?: string;
  /** Reads a variable. */
  readonly env?: (name: string) => string | undefined;
}

/** Returns the GPUs that the environment allows this process; undefined if it says nothing. */
export function visibleGpus(
  env: (name: string) => string | undefined = readEnv,
): VisibleGpus | undefined {
  for (const variable of VISIBLE) {
    const value = env(variable);
    if (value !== undefined) return { variable, value, ids: idsOf(value) };
  }
  const value = env(ROCR_VISIBLE);
  if (value === undefined) return undefined;
  return { variable: ROCR_VISIBLE, value, ids: idsOf(value).map((_, index) => `${index}`) };
}

/** Reads a list as CUDA does: it ends before the first id that is none, such as -1 or NoDevFiles. */
function idsOf(value: string): string[] {
  const ids = value.split(",").map((id) => id.trim());
  const end = ids.findIndex((id) => !/^(\d+|(GPU|MIG)-.+)$/.test(id));
  return [...new Set(end < 0 ? ids : ids.slice(0, end))];
}

/**
 * Finds the GPUs that this process may use, as `CUDA_VISIBLE_DEVICES` names them: those that the environment allows; otherwise those
 * that nvidia-smi or the drivers of NVIDIA and AMD show. Returns an empty list if there are none.
 */
export async function findGpus(
  { root = "", env = readEnv }: FindGpusOptions = {},
): Promise<readonly string[]> {
  const visible = visibleGpus(env);
  if (visible !== undefined) return visible.ids;
  const nvidia = await listByTool();
  if (nvidia.length > 0) return nvidia;
  const drivers = [
    () => entriesOf(`${root}/proc/driver/nvidia/gpus`).length,
    () => countAmd(`${root}/sys/class/kfd/kfd/topology/nodes`),
  ];
  for (const count of drivers) {
    const found = count();
    if (found > 0) return Array.from({ length: found }, (_, index) => `${index}`);
  }
  return [];
}

/** Lists the GPUs that nvidia-smi shows. */
async function listByTool(): Promise<string[]> {
  const program = findProgram("nvidia-smi");
  const mayRun = Deno.permissions.querySync({ name: "run", command: "nvidia-smi" }).state;
  if (program.kind !== "found" || mayRun !== "granted") return [];
  try {
    const { success, stdout } = await new Deno.Command(program.path, {
      args: ["-L"],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      signal: AbortSignal.timeout(TOOL_MS),
    }).output();
    return success ? parseNvidiaList(new TextDecoder().decode(stdout)) : [];
  } catch {
    // Without it, the driver may show them.
    return [];
  }
}

/**
 * Reads the output of `nvidia-smi -L`: the number of each GPU, or the UUIDs of the parts that it is split into (MIG), as a program can
 * use one of these and not the whole.
 */
export function parseNvidiaList(text: string): string[] {
  const gpus: { id: string; parts: string[] }[] = [];
  for (const line of text.split("\n")) {
    const id = /^GPU (\d+):/.exec(line)?.[1];
    if (id !== undefined) gpus.push({ id, parts: [] });
    const part = /^\s+MIG .*\(UUID: (MIG-[^)\s]+)\)/.exec(line)?.[1];
    if (part !== undefined) gpus.at(-1)?.parts.push(part);
  }
  return gpus.flatMap(({ id, parts }) => parts.length > 0 ? parts : [id]);
}

/** Counts the nodes of the driver for AMD that are GPUs: the others, processors, have the id 0. */
function countAmd(folder: string): number {
  return entriesOf(folder).filter((node) => {
    const id = Number(readText(`${folder}/${node}/gpu_id`));
    return Number.isFinite(id) && id > 0;
  }).length;
}

function entriesOf(folder: string): string[] {
  if (!mayRead(folder)) return [];
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return mayRead(path) ? Deno.readTextFileSync(path) : "";
  } catch {
    return "";
  }
}

/** Returns whether a path may be read without asking the user. */
function mayRead(path: string): boolean {
  return Deno.permissions.querySync({ name: "read", path }).state === "granted";
}
