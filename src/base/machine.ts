/**
 * Free memory and load of this machine.
 *
 * @module
 */
import { MemoryLimits } from "./memory_limits.ts";
import { mayReadProc } from "./proc.ts";

/** What decides on this machine whether more may be started. */
export interface Machine {
  /** The bytes of memory that it has, or that the control groups of this process allow. */
  readonly memory: number;
  /** The number of its CPUs. */
  readonly cpus: number;
  /** Returns the bytes of memory that programs can have without swapping. */
  freeMemory(): number;
  /** Returns the number of threads that run or wait for a CPU. */
  threads(): number;
}

/** The permissions that measuring needs, beside those of `-A`. */
export type MachinePermission = "systemMemoryInfo" | "loadavg";

/** Returns whether something may be measured. */
export function mayMeasure(kind: MachinePermission): boolean {
  return Deno.permissions.querySync({ name: "sys", kind }).state === "granted";
}

/** This machine. */
export class ThisMachine implements Machine {
  readonly #limits = new MemoryLimits();

  /** See {@linkcode Machine.memory}. */
  get memory(): number {
    return Math.min(Deno.systemMemoryInfo().total, this.#limits.least);
  }

  /** See {@linkcode Machine.cpus}. */
  get cpus(): number {
    return navigator.hardwareConcurrency;
  }

  /** See {@linkcode Machine.freeMemory}. */
  freeMemory(): number {
    return Math.min(Deno.systemMemoryInfo().available, this.#limits.room());
  }

  /** See {@linkcode Machine.threads}. Where /proc cannot be read, it is the load average of the last minute. */
  threads(): number {
    return (mayReadProc() ? runnableThreads() : undefined) ?? Math.round(Deno.loadavg()[0]!);
  }
}

/** Returns the bytes of memory that are free on this machine; undefined if that may not be measured. */
export function freeMemory(): number | undefined {
  return mayMeasure("systemMemoryInfo") ? new ThisMachine().freeMemory() : undefined;
}

/** Reads how many threads the kernel could run now, without the one that reads. */
function runnableThreads(): number | undefined {
  try {
    const [, count] = / (\d+)\/\d+ /.exec(Deno.readTextFileSync("/proc/loadavg")) ?? [];
    return count === undefined ? undefined : Math.max(0, Number(count) - 1);
  } catch {
    return undefined;
  }
}
