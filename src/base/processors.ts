/**
 * Processors that this process may use.
 *
 * @module
 */
import { mayReadProc } from "./proc.ts";

/** Returns the numbers of the processors that this process may run on (its affinity); undefined where nothing tells. */
export function processorNumbers(): number[] | undefined {
  if (!mayReadProc()) return undefined;
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    return parseNumbers(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "");
  } catch {
    return undefined;
  }
}

/** Reads a list of numbers such as `0-3,8`; returns undefined if it is none. */
export function parseNumbers(list: string): number[] | undefined {
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(list)) return undefined;
  return list.split(",").flatMap((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  });
}
