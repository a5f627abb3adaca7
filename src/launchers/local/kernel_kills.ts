/**
 * Processes that the kernel of Linux has killed for want of memory, as far as its counters tell.
 *
 * @module
 */
import { GROUPS_ROOT, memoryGroups } from "../../base/memory_groups.ts";
import { mayReadProc } from "../../base/proc.ts";
import { read } from "../../base/process_use.ts";

/** How a worker was killed for want of memory: whether its group counts that, or only the whole system. */
export type KernelKill = "certain" | "likely";

/** For how long a count is good enough as that of now, in milliseconds. */
const COUNT_MS = 250;
/** Up to this age of a worker, each look reads its group, in milliseconds: it may move itself to another one at its start. */
const MOVING_MS = 600;
/** The files that count the kills of a group, by its version. */
const COUNTERS = { 1: "memory.oom_control", 2: "memory.events" };
/** Groups whose files are remembered. */
const MAX_GROUPS = 1_000;

/** Where the counters are. */
export interface CounterPlaces {
  /** @default {"/proc"} */
  readonly proc?: string;
  /** Where control groups are. @default {"/sys/fs/cgroup"} */
  readonly groups?: string;
  /** Whether `proc` may be read. */
  readonly mayRead?: () => boolean;
}

/** A count of kills, and the file that has it. */
interface GroupCount {
  readonly file: string;
  readonly count: number;
}

/** The counts of the system, and of the group of this process if it has one. */
interface Counts {
  readonly system: number;
  readonly own: GroupCount | undefined;
}

/** A worker that is watched. */
interface WatchedWorker {
  readonly pid: number;
  readonly startedAt: number;
  /** The counts when it was started; those of the beginning if it was started before that. */
  readonly counts: Counts | undefined;
}

/** Follows the counters. A kill that a counter shows explains the end of one worker. */
export class KernelKills {
  readonly #proc: string;
  readonly #groups: string;
  readonly #mayRead: () => boolean;
  /** The numbers of the kills that explain an end, by the files that count them. */
  readonly #explaining = new Map<string, Set<number>>();
  /** The files that count the kills of groups, by what /proc has of their members. */
  readonly #files = new Map<string, string | undefined>();
  /** The file of the group of this process, in which workers begin. */
  #ownFile: string | undefined;
  #counts: Counts = { system: 0, own: undefined };
  #first: Counts | undefined;
  #countedAt = -Infinity;

  constructor(
    { proc = "/proc", groups = GROUPS_ROOT, mayRead = mayReadProc }: CounterPlaces = {},
  ) {
    this.#proc = proc;
    this.#groups = groups;
    this.#mayRead = mayRead;
  }

  /** Begins to watch a worker that was started a moment ago. */
  watch(pid: number): KillWatch {
    const now = performance.now();
    const isBegun = this.#first !== undefined;
    if (isBegun && now > this.#countedAt + COUNT_MS) this.look();
    return new KillWatch(this, { pid, startedAt: now, counts: isBegun ? this.#counts : undefined });
  }

  /** Takes the counts of now for those at the start of the workers that were started before, the first time. */
  begin(): void {
    if (this.#first !== undefined) return;
    this.#ownFile = this.fileOf("self");
    this.look();
    this.#first = this.#counts;
  }

  /** The counts when this began. Nothing is known of a worker that had ended by then. */
  get first(): Counts | undefined {
    return this.#first;
  }

  /** Notes the counts of the system and of the group of this process. */
  look(): void {
    this.#countedAt = performance.now();
    const [file, system = 0] = [this.#ownFile, this.countOf(this.systemFile)];
    const count = file === undefined ? undefined : this.countOf(file);
    this.#counts = { system, own: count === undefined ? undefined : { file: file!, count } };
  }

  /** The file with the count of the system. */
  get systemFile(): string {
    return `${this.#proc}/vmstat`;
  }

  /** Returns the file with the count of the group that a process is in, if there is one. */
  fileOf(pid: number | "self"): string | undefined {
    const groups = this.#read(`${this.#proc}/${pid}/cgroup`);
    if (groups === undefined) return undefined;
    if (this.#files.has(groups)) return this.#files.get(groups);
    if (this.#files.size === MAX_GROUPS) this.#files.clear();
    const file = memoryGroups(groups, { root: this.#groups })
      .map(({ version, folder }) => `${folder}/${COUNTERS[version]}`)
      .find((file) => this.countOf(file) !== undefined);
    this.#files.set(groups, file);
    return file;
  }

  /** Reads the count of a file. */
  countOf(file: string): number | undefined {
    const count = /^oom_kill (\d+)$/m.exec(this.#read(file) ?? "")?.[1];
    return count === undefined ? undefined : Number(count);
  }

  /**
   * Returns whether a file has counted a kill since `before` that explains no other end. If so, it explains this one. It is the
   * first of these kills: ends are not known in the order of kills, and a later one may be all that explains another end.
   */
  explains(file: string, before: number): boolean {
    const taken = this.#explaining.get(file) ?? new Set();
    this.#explaining.set(file, taken);
    const count = this.countOf(file) ?? 0;
    for (let kill = before + 1; kill <= count; kill++) {
      if (taken.has(kill)) continue;
      taken.add(kill);
      return true;
    }
    return false;
  }

  #read(file: string): string | undefined {
    try {
      return this.#mayRead() ? read(file) : undefined;
    } catch {
      // There are too few descriptors, or permissions: nothing is known then.
      return undefined;
    }
  }
}

/** Watches one worker. */
export class KillWatch {
  readonly #kills: KernelKills;
  readonly #worker: WatchedWorker;
  /** Its group, and the count when it was first seen there. */
  #group: GroupCount | undefined;

  constructor(kills: KernelKills, worker: WatchedWorker) {
    this.#kills = kills;
    this.#worker = worker;
  }

  get #counts(): Counts | undefined {
    return this.#worker.counts ?? this.#kills.first;
  }

  /** Looks at the group that it is in, if that may have changed. */
  look(): void {
    const { pid, startedAt } = this.#worker;
    const own = this.#counts?.own;
    if (this.#group !== undefined && performance.now() > startedAt + MOVING_MS) return;
    const file = this.#kills.fileOf(pid);
    if (file === undefined || file === this.#group?.file) return;
    // For a moment, the kernel shows a process that ends in the group at the top.
    if (this.#group !== undefined && isAbove(file, this.#group.file)) return;
    this.#group = file === own?.file ? own : { file, count: this.#kills.countOf(file) ?? 0 };
  }

  /**
   * Returns whether the kernel has killed it for want of memory. It was killed itself, or has the exit code of a shell whose
   * command was, and nobody is known to have sent the signal.
   */
  explain({ isKilled }: { isKilled: boolean }): KernelKill | undefined {
    const counts = this.#counts;
    if (counts === undefined) return undefined;
    const isPossible = this.#kills.explains(this.#kills.systemFile, counts.system);
    const group = this.#group ?? counts.own;
    if (group !== undefined) {
      const isCounted = this.#kills.explains(group.file, group.count);
      if (isCounted) return this.#group === undefined ? "likely" : "certain";
      // A group counts all kills of its members. A command of a shell may have been in another one.
      if (isKilled) return undefined;
    }
    return isPossible ? "likely" : undefined;
  }
}

/** Returns whether the group of a file is one of those around the group of another one. */
function isAbove(file: string, other: string): boolean {
  return other.startsWith(file.slice(0, file.lastIndexOf("/") + 1));
}
