/**
 * Plan of what the workers of a run have for themselves: checks that this machine has it, and bounds their number.
 *
 * @module
 */
import { errorMessage } from "../base/errors.ts";
import { processorNumbers } from "../base/processors.ts";
import { findProgram } from "../base/programs.ts";
import { findGpus, visibleGpus } from "../launchers/local/gpus.ts";
import type { TaskConfig } from "../model/config.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";
import { ConfigError } from "../model/value_types.ts";

/** What the workers of a run have for themselves. */
export interface SlotPlan {
  /** The ids of the GPUs, if GPUs are handed out. */
  readonly gpus?: readonly string[];
  /** How many workers share a GPU. */
  readonly perGpu: number;
  /** The processors of each worker, by their numbers, if processors are handed out. */
  readonly processors?: readonly (readonly number[])[];
  /** How many workers may run at once; Infinity if nothing is handed out. */
  readonly maxWorkers: number;
  /** What bounds that number, in words. */
  readonly bound?: string;
}

/** A config whose plan is made. */
export interface PlannedConfig extends ResolvedConfig {
  readonly slots?: SlotPlan;
}

/** The fields of a config that the plan is made of. */
type SlotFields = Pick<TaskConfig, "gpus" | "perGpu" | "cpus" | "nice">;

/** The plan of a run that hands nothing out. */
const NO_SLOTS: SlotPlan = { perGpu: 1, maxWorkers: Infinity };

/**
 * Makes the plan of a run. Answers at once if it hands nothing out.
 *
 * @throws {ConfigError} If this machine does not have what is asked for.
 */
export function planSlots(config: SlotFields): SlotPlan | Promise<SlotPlan> {
  const { gpus, cpus, nice } = config;
  const isEmpty = gpus === undefined && cpus === undefined && nice === undefined;
  return isEmpty ? NO_SLOTS : makePlan(config);
}

async function makePlan({ gpus: given, perGpu = 1, cpus, nice }: SlotFields): Promise<SlotPlan> {
  await checkNice(nice);
  const gpus = given === undefined ? undefined : await chooseGpus(given);
  const processors = cpus === undefined ? undefined : splitProcessors(cpus);
  const byGpus = (gpus?.length ?? Infinity) * perGpu;
  const byProcessors = processors?.length ?? Infinity;
  const each = perGpu === 1 ? "each takes one" : `${perGpu} share one`;
  const bound = byProcessors < byGpus
    ? `each takes ${cpus} of the ${navigator.hardwareConcurrency} processors`
    : gpus && `there ${gpus.length === 1 ? "is one GPU" : `are ${gpus.length} GPUs`}, and ${each}`;
  return { gpus, perGpu, processors, maxWorkers: Math.min(byGpus, byProcessors), bound };
}

/** Returns how many workers there are to be, and a warning if these are fewer than asked for. */
export function boundWorkers(
  numWorkers: number,
  { maxWorkers, bound }: SlotPlan,
): { numWorkers: number; warning?: string } {
  if (numWorkers <= maxWorkers) return { numWorkers };
  const count = maxWorkers === 1 ? "one worker runs" : `${maxWorkers} workers run`;
  const warning = `${count} at once in place of ${numWorkers}: ${bound}`;
  return { numWorkers: maxWorkers, warning };
}

/** Returns the ids of the GPUs that are to be used. */
async function chooseGpus(given: NonNullable<TaskConfig["gpus"]>): Promise<readonly string[]> {
  const visible = visibleGpus();
  if (visible?.ids.length === 0) {
    const wanted = `left out, as ${visible.variable} is "${visible.value}", which allows no GPU`;
    throw new ConfigError("gpus", { wanted, value: given });
  }
  if (given === "auto") {
    const found = await findGpus();
    if (found.length > 0) return found;
    const wanted =
      "a number or a list, as neither nvidia-smi nor a driver of NVIDIA or AMD shows a GPU here";
    throw new ConfigError("gpus", { wanted, value: given });
  }
  if (typeof given === "number") {
    const ids = visible?.ids ?? Array.from({ length: given }, (_, index) => `${index}`);
    if (ids.length >= given) return ids.slice(0, given);
    const wanted = `at most ${ids.length}, as ${visible!.variable} is "${visible!.value}"`;
    throw new ConfigError("gpus", { wanted, value: given });
  }
  const ids = given.map(String);
  const other = visible && ids.find((id) => !visible.ids.includes(id));
  if (other === undefined) return ids;
  const wanted = `a list of GPUs that ${visible!.variable} has ("${visible!.value}")`;
  throw new ConfigError("gpus", { wanted, value: other });
}

/** Splits the processors that this process may use into sets of that size. */
function splitProcessors(size: number): number[][] {
  const program = findProgram("taskset");
  const numbers = processorNumbers();
  if (program.kind === "not-found" || program.kind === "not-executable" || numbers === undefined) {
    const wanted = "left out here: it needs Linux, and taskset(1) on the PATH";
    throw new ConfigError("cpus", { wanted, value: size });
  }
  // A cgroup may allow fewer at once than there are.
  const count = Math.min(numbers.length, navigator.hardwareConcurrency);
  if (size > count) {
    const wanted = `at most ${count}, the number of processors that may be used`;
    throw new ConfigError("cpus", { wanted, value: size });
  }
  return Array.from(
    { length: Math.floor(count / size) },
    (_, index) => numbers.slice(size * index, size * (index + 1)),
  );
}

/** Refuses a priority that the system does not give: nice(1) would start the command with another one. */
async function checkNice(nice: number | undefined): Promise<void> {
  if (nice === undefined) return;
  if (Deno.build.os === "windows" || findProgram("nice").kind === "not-found") {
    const wanted = "left out here, as there is no program nice(1) on the PATH";
    throw new ConfigError("nice", { wanted, value: nice });
  }
  if (nice >= 0) return;
  const reason = await refusalOf(nice);
  if (reason === undefined) return;
  const wanted = "0 or more, as this user may not raise the priority of a process";
  throw new ConfigError("nice", { wanted, value: nice, reason });
}

/** Has nice(1) try; returns what it says if it fails. */
async function refusalOf(nice: number): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command("nice", {
      args: ["-n", `${nice}`, "true"],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    // It starts the command even so, and only prints why.
    const said = new TextDecoder().decode(stderr).trim();
    return success && said === "" ? undefined : said || "nice(1) failed";
  } catch (error) {
    return errorMessage(error);
  }
}
