/**
 * Memory limits of the control groups that this process is in, as a container or a batch system sets them.
 *
 * @module
 */
import { GROUPS_ROOT, type MemoryGroup, memoryGroups } from "./memory_groups.ts";
import { mayReadProc } from "./proc.ts";

/** The names of files of a version of control groups. */
interface GroupFiles {
  readonly limit: string;
  readonly used: string;
  /** The entry of `memory.stat` for what the kernel takes back first: pages of files that nobody has used lately. */
  readonly cached: string;
}

const FILES: Record<MemoryGroup["version"], GroupFiles> = {
  1: {
    limit: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    cached: "total_inactive_file",
  },
  2: { limit: "memory.max", used: "memory.current", cached: "inactive_file" },
};

/** A limit above this is none. */
const NO_LIMIT = 2 ** 60;

/** A group that has a limit. */
interface LimitedGroup {
  readonly folder: string;
  readonly files: GroupFiles;
}

/** The limits of the groups that this process is in, and of those around them. */
export class MemoryLimits {
  readonly #groups: readonly LimitedGroup[];

  /** Finds the groups. There are none where they cannot be read. */
  constructor({ list = "/proc/self/cgroup", root = GROUPS_ROOT } = {}) {
    this.#groups = mayReadProc() ? findGroups(list, root) : [];
  }

  /** The least limit, in bytes; Infinity if there is none. */
  get least(): number {
    return Math.min(Infinity, ...this.#groups.map(limitOf));
  }

  /** Returns the bytes that may be used beside those that are used now; Infinity if there is no limit. */
  room(): number {
    return Math.min(Infinity, ...this.#groups.map(roomOf));
  }
}

/** Finds the groups that have a limit. Those around a group limit it, too. */
function findGroups(list: string, root: string): LimitedGroup[] {
  const groups = memoryGroups(read(list) ?? "", { root }).flatMap(({ version, folder }) =>
    withFoldersAbove(folder, root).map((folder) => ({ folder, files: FILES[version] }))
  );
  return groups.filter((group) => limitOf(group) < NO_LIMIT).toArray();
}

/** Returns a folder, and those above it up to `root`. */
function withFoldersAbove(folder: string, root: string): string[] {
  const folders: string[] = [];
  for (let at = folder; at.length >= root.length; at = at.slice(0, at.lastIndexOf("/"))) {
    folders.push(at);
  }
  return folders;
}

function limitOf({ folder, files }: LimitedGroup): number {
  return numberIn(read(`${folder}/${files.limit}`)) ?? Infinity;
}

function roomOf(group: LimitedGroup): number {
  const { folder, files } = group;
  const used = numberIn(read(`${folder}/${files.used}`));
  if (used === undefined) return Infinity;
  const stat = read(`${folder}/memory.stat`) ?? "";
  const cached = numberIn(new RegExp(`^${files.cached} (\\d+)$`, "m").exec(stat)?.[1]) ?? 0;
  return Math.max(0, limitOf(group) - Math.max(0, used - cached));
}

/** Returns the number of a file; undefined if it has a word, such as `max`, or is missing. */
function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
