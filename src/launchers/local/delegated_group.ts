/**
 * Control groups (cgroup v2) of workers with a limit of memory, where the system has delegated a part of the tree to this user.
 * None is ever asked for: without one, the memory is sampled.
 *
 * @module
 */
import { GROUPS_ROOT, memoryGroups } from "../../base/memory_groups.ts";
import { mayReadProc } from "../../base/proc.ts";
import { read } from "../../base/process_use.ts";
import type { ResourceUse } from "../../model/types.ts";

/** Where groups are made. */
export interface GroupPlaces {
  /** @default {"/proc"} */
  readonly proc?: string;
  /** @default {"/sys/fs/cgroup"} */
  readonly root?: string;
  /** Whether `proc` may be read. */
  readonly mayRead?: () => boolean;
}

/** Makes a group for each worker. */
export class DelegatedGroups implements Disposable {
  readonly #places: Required<GroupPlaces>;
  /** Groups that could not be removed, as processes were left in them. */
  readonly #left = new Set<string>();
  #parent: string | undefined;
  #isSearched = false;
  #count = 0;

  constructor({ proc = "/proc", root = GROUPS_ROOT, mayRead = mayReadProc }: GroupPlaces = {}) {
    this.#places = { proc, root, mayRead };
  }

  /** Moves a process, which was started a moment ago, into a group of its own. Returns undefined where that cannot be done. */
  enter(pid: number, limit: number): DelegatedGroup | undefined {
    const parent = this.#findParent();
    if (parent === undefined) return undefined;
    const folder = `${parent}/executor-${Deno.pid}-${++this.#count}`;
    try {
      Deno.mkdirSync(folder);
    } catch {
      // It was not delegated to this user. So it is the next time.
      this.#parent = undefined;
      return undefined;
    }
    try {
      Deno.writeTextFileSync(`${folder}/memory.max`, `${limit}`);
      writeIfPossible(`${folder}/memory.oom.group`, "1");
      Deno.writeTextFileSync(`${folder}/cgroup.procs`, `${pid}`);
      return new DelegatedGroup(folder, { onLeft: (group) => this.#left.add(group) });
    } catch {
      remove(folder);
      return undefined;
    }
  }

  /** Removes the groups in which processes were left, as these have ended. */
  [Symbol.dispose](): void {
    for (const folder of this.#left) if (remove(folder)) this.#left.delete(folder);
  }

  /** Finds the group that may have others with limits of memory: that of this process, or the one above it. */
  #findParent(): string | undefined {
    if (this.#isSearched) return this.#parent;
    this.#isSearched = true;
    const { proc, root, mayRead } = this.#places;
    try {
      if (!mayRead()) return undefined;
      const text = read(`${proc}/self/cgroup`) ?? "";
      const own = memoryGroups(text, { root }).filter(({ version }) => version === 2)
        .map(({ folder }) => folder).toArray();
      // A group with processes can have none below it: a delegated one has this process in a part of it.
      const parents = own.filter((folder) => folder !== root).map((folder) =>
        folder.slice(0, folder.lastIndexOf("/"))
      );
      this.#parent = [...own, ...parents].find((folder) =>
        /\bmemory\b/.test(read(`${folder}/cgroup.subtree_control`) ?? "")
      );
    } catch {
      // There are too few descriptors, or permissions.
    }
    return this.#parent;
  }
}

/** The group of one worker. */
export class DelegatedGroup {
  readonly #folder: string;
  readonly #onLeft: (folder: string) => void;
  #used: ResourceUse | undefined;
  #hasKilled = false;

  constructor(folder: string, { onLeft }: { onLeft: (folder: string) => void }) {
    this.#folder = folder;
    this.#onLeft = onLeft;
  }

  /** What its processes have used, once it was left; undefined if the kernel is too old to tell. */
  get used(): ResourceUse | undefined {
    return this.#used;
  }

  /** Whether the kernel has killed one of its processes at the limit. */
  get hasKilled(): boolean {
    return this.#hasKilled;
  }

  /** Reads its figures, and removes it, as its first process has ended. */
  leave(): void {
    try {
      const peakRss = numberIn(`${this.#folder}/memory.peak`, /^(\d+)$/m);
      const usec = numberIn(`${this.#folder}/cpu.stat`, /^usage_usec (\d+)$/m);
      if (peakRss !== undefined && usec !== undefined) {
        this.#used = { cpuSeconds: Math.round(usec / 1000) / 1000, peakRss };
      }
      this.#hasKilled = (numberIn(`${this.#folder}/memory.events`, /^oom_kill (\d+)$/m) ?? 0) > 0;
    } catch {
      // There are too few descriptors: what was sampled counts.
    }
    if (!remove(this.#folder)) this.#onLeft(this.#folder);
  }
}

function numberIn(path: string, pattern: RegExp): number | undefined {
  const number = pattern.exec(read(path) ?? "")?.[1];
  return number === undefined ? undefined : Number(number);
}

function writeIfPossible(path: string, text: string): void {
  try {
    Deno.writeTextFileSync(path, text);
  } catch {
    // An older kernel has no such file.
  }
}

/** Removes a group, whose files go with it. Returns false if it has processes. */
function remove(folder: string): boolean {
  try {
    Deno.removeSync(folder);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}
