/**
 * Signals to POSIX process groups, and whether they are alive.
 *
 * @module
 */
import { processIds, readStat, seesProcesses } from "../base/proc.ts";

/** Signals those processes of a group that may be signalled; returns whether there is such a group. */
export function signalGroup(group: number, signal: Deno.Signal): boolean {
  try {
    Deno.kill(-group, signal);
  } catch (error) {
    if (isGone(error)) return false;
    // A process of another user, such as one started by sudo, is out of reach.
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
  }
  return true;
}

/** Returns whether a group whose leader was reaped has a living process. */
export function groupHasMembers(group: number): boolean {
  try {
    // Signal 0 sends nothing, see kill(2). Deno accepts the number, its types do not.
    Deno.kill(-group, 0 as unknown as Deno.Signal);
  } catch (error) {
    if (isGone(error)) return false;
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
  }
  // kill(2) counts zombies, which stay if process 1 does not reap them, as in many containers.
  return Deno.build.os !== "linux" || lookAtGroups()?.isDead(group) !== true;
}

// macOS reports EPERM for a group of zombies.
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    (Deno.build.os === "darwin" && error instanceof Deno.errors.PermissionDenied);
}

/** For how long a look at all processes is good for every group, in milliseconds. */
const LOOK_MS = 20;
let lastLook: { at: number; groups: GroupsInProc } | undefined;

/** The groups that /proc shows. */
class GroupsInProc {
  readonly #living = new Set<number>();
  /** With the option hidepid of its mount, /proc hides processes, and process 1 first of all. */
  readonly #hidesSome = readStat("1") === undefined;

  constructor() {
    for (const stat of processIds().map(readStat)) {
      if (stat !== undefined) this.#living.add(stat.group);
    }
  }

  /** Returns whether it is certain that a group for which there are processes consists of zombies. */
  isDead(group: number): boolean {
    return !this.#living.has(group) && !this.#hidesSome;
  }
}

/** Returns the groups, or undefined if /proc does not tell. */
function lookAtGroups(): GroupsInProc | undefined {
  const now = performance.now();
  if (lastLook !== undefined && now - lastLook.at < LOOK_MS) return lastLook.groups;
  if (!seesProcesses()) return undefined;
  try {
    const groups = new GroupsInProc();
    lastLook = { at: performance.now(), groups };
    return groups;
  } catch {
    return undefined;
  }
}
