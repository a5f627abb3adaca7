/**
 * Memory limits of the control groups that this process is in, as a container or a batch system sets them.
 *
 * @module
 */
import { mayReadProc } from "./proc.ts";

/** The names of files of a version of control groups. */
interface GroupFiles {
  readonly limit: string;
  readonly used: string;
  /** The entry of `memory.stat` for what the kernel takes back first: pages of files that nobody has used lately. */
  readonly cached: string;
}

const V1: GroupFiles = {
  limit: "memory.limit_in_bytes",
  used: "memory.usage_in_bytes",
  cached: "total_inactive_file",
};
const V2: GroupFiles = { limit: "memory.max", used: "memory.current", cached: "inactive_file" };

/** A limit above this is none. */
const NO_LIMIT = 2 ** 60;

/** A group that has a limit. */
interface LimitedGroup {
  readonly folder: string;
  readonly files: GroupFiles;
}

/** The groups of this process that limit its memory, from the innermost to the outermost. */
export class MemoryGroups {
  readonly #groups: readonly LimitedGroup[];

  /** Finds the groups. There are none where they cannot be read. */
  constructor({ list = "/proc/self/cgroup", root = "/sys/fs/cgroup" } = {}) {
    this.#groups = mayReadProc() ? findGroups(list, root) : [];
  }

  /** The least limit, in bytes; Infinity if there is none. */
  get limit(): number {
    return Math.min(Infinity, ...this.#groups.map(limitOf));
  }

  /** Returns the bytes that may be used beside those that are used now; Infinity if there is no limit. */
  room(): number {
    return Math.min(Infinity, ...this.#groups.map(roomOf));
  }
}

/** Reads `/proc/self/cgroup`: lines such as `4:memory:/a/b`, or `0::/a/b` for version 2. */
function findGroups(list: string, root: string): LimitedGroup[] {
  const lines = read(list)?.trim().split("\n") ?? [];
  return lines.flatMap((line) => {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === "") {
      return withAncestors(path).map((p) => ({ folder: root + p, files: V2 }));
    }
    if (!controllers.split(",").includes("memory")) return [];
    return withAncestors(path).map((p) => ({ folder: `${root}/memory${p}`, files: V1 }));
  }).filter((group) => limitOf(group) < NO_LIMIT);
}

/** Returns a path, and those of the groups around it: `/a/b`, `/a` and the empty one of the root. */
function withAncestors(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return [...parts.keys(), parts.length].reverse()
    .map((count) => parts.slice(0, count).map((part) => `/${part}`).join(""));
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
