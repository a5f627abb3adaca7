/**
 * Control groups of Linux (cgroups) that a process belongs to, as far as they count memory.
 *
 * @module
 */

/** A folder of a group. */
export interface MemoryGroup {
  readonly version: 1 | 2;
  readonly folder: string;
}

/** The folder where they are. */
export const GROUPS_ROOT = "/sys/fs/cgroup";

/**
 * Yields the folders that the group of a process may have, the most likely one first.
 *
 * @param text What the file `cgroup` in the folder of the process in /proc has.
 */
export function* memoryGroups(
  text: string,
  { root = GROUPS_ROOT }: { root?: string } = {},
): Generator<MemoryGroup> {
  const old = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(text)?.[1];
  if (old !== undefined) {
    yield { version: 1, folder: `${root}/memory${trim(old)}` };
    // In a container, the path may be that on its host.
    yield { version: 1, folder: `${root}/memory` };
  }
  const path = /^0::(.*)$/m.exec(text)?.[1];
  if (path === undefined) return;
  yield { version: 2, folder: `${root}${trim(path)}` };
  yield { version: 2, folder: `${root}/unified${trim(path)}` };
}

function trim(path: string): string {
  return path === "/" ? "" : path;
}
