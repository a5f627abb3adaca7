/**
 * Memory that new processes may have before the system, or the control group of this process, has none left.
 *
 * @module
 */
import { GROUPS_ROOT, memoryGroups } from "./memory_groups.ts";
import { mayReadProc } from "./proc.ts";
import { read } from "./process_use.ts";

/** Names of the files of a group, by its version: its limit, and what it uses. */
const FILES = {
  1: { limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes" },
  2: { limit: "memory.max", used: "memory.current" },
};

/** Returns the bytes that are available, or undefined where Linux does not tell. */
export function availableMemory(
  { proc = "/proc", groups = GROUPS_ROOT, mayRead = mayReadProc } = {},
): number | undefined {
  try {
    if (!mayRead()) return undefined;
    const kilobytes = /^MemAvailable:\s*(\d+) kB$/m.exec(read(`${proc}/meminfo`) ?? "")?.[1];
    if (kilobytes === undefined) return undefined;
    return Math.min(1024 * Number(kilobytes), availableInGroup(proc, groups));
  } catch {
    // There are too few descriptors, or permissions.
    return undefined;
  }
}

/** Returns what the group of this process has left; Infinity if nothing limits it. */
function availableInGroup(proc: string, root: string): number {
  for (const { version, folder } of memoryGroups(read(`${proc}/self/cgroup`) ?? "", { root })) {
    const { limit, used } = FILES[version];
    const most = Number(read(`${folder}/${limit}`) ?? NaN);
    const now = Number(read(`${folder}/${used}`) ?? NaN);
    // "max" is no number.
    if (Number.isNaN(most) || Number.isNaN(now)) continue;
    // The kernel takes cached files away before it runs out of memory.
    const cached = /^(?:total_)?inactive_file (\d+)$/m.exec(read(`${folder}/memory.stat`) ?? "");
    return Math.max(0, most - now + Number(cached?.[1] ?? 0));
  }
  return Infinity;
}
