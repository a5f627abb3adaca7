/**
 * Policies that the config of a run asks for.
 *
 * @module
 */
import { type Machine, type MachinePermission, mayMeasure } from "../../base/machine.ts";
import type { ResolvedConfig } from "../../model/resolve_config.ts";
import { threadsOf } from "../../model/start_types.ts";
import { ConfigError } from "../../model/value_types.ts";
import { FreeMemory } from "./free_memory.ts";
import { LoadLimit } from "./load_limit.ts";
import type { StartPolicy } from "./policy.ts";
import { RateLimit } from "./rate_limit.ts";
import { StartDelay } from "./start_delay.ts";

/** The fields that decide when attempts start. */
export type StartLimits = Pick<ResolvedConfig, "memoryFree" | "load" | "rate" | "startDelay">;

/** Returns the policies, the one first whose waits tell people most; none if nothing is asked for. */
export function policiesOf(
  { memoryFree, load, rate, startDelay }: StartLimits,
  machine: () => Machine,
): StartPolicy[] {
  const policies: StartPolicy[] = [];
  if (memoryFree !== undefined) {
    const { freeMemory } = bound(machine());
    policies.push(new FreeMemory({ wanted: memoryFree, free: freeMemory }));
  }
  if (load !== undefined) {
    const { threads, cpus } = bound(machine());
    policies.push(new LoadLimit({ limit: threadsOf(load, cpus), threads }));
  }
  if (rate !== undefined) policies.push(new RateLimit(rate));
  if (startDelay !== undefined) policies.push(new StartDelay(startDelay));
  return policies;
}

function bound(machine: Machine): Pick<Machine, "cpus" | "freeMemory" | "threads"> {
  return {
    cpus: machine.cpus,
    freeMemory: () => machine.freeMemory(),
    threads: () => machine.threads(),
  };
}

/**
 * Refuses limits that this machine can never meet, or that may not be measured.
 *
 * @throws {ConfigError} If there are any.
 */
export function checkLimits(
  { memoryFree, load }: Pick<StartLimits, "memoryFree" | "load">,
  machine: () => Machine,
): void {
  if (memoryFree !== undefined) {
    checkPermission("memoryFree", "systemMemoryInfo");
    const { memory } = machine();
    if (memoryFree >= memory) {
      const wanted = `less than the ${memory} bytes of memory that there are`;
      throw new ConfigError("memoryFree", { wanted, value: memoryFree });
    }
  }
  if (load !== undefined) checkPermission("load", "loadavg");
}

function checkPermission(field: string, kind: MachinePermission): void {
  if (mayMeasure(kind)) return;
  const wanted = `used with the permission --allow-sys=${kind}`;
  throw new ConfigError(field, { wanted, value: undefined, isRight: true });
}
