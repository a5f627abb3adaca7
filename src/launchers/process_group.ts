/**
 * Signals to POSIX process groups, and whether they are alive.
 *
 * @module
 */
import { processIds, readGroup, readStat, seesProcesses } from "../base/proc.ts";

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

/** How long a look at all processes serves all groups, in milliseconds. */
const LOOK_MS = 20;
/** Between two looks, at least this multiple of the time of a look passes: nothing else happens during one. */
const PACE = 4;
let lastLook: { at: number; took: number; groups: GroupsInProc } | undefined;

/** The groups that /proc shows. */
class GroupsInProc {
  readonly #living = new Set<number>();
  /** Groups in which there are zombies. A group without any process may have begun after the look. */
  readonly #zombies = new Set<number>();
  /** With the option hidepid of its mount, /proc hides processes, and process 1 first of all. */
  readonly #hidesSome = readStat("1") === undefined;

  constructor() {
    for (const pid of processIds()) {
      const seen = readGroup(pid);
      if (seen !== undefined) (seen.isLiving ? this.#living : this.#zombies).add(seen.group);
    }
  }

  /** Returns whether it is certain that a group for which there are processes consists of zombies. */
  isDead(group: number): boolean {
    return this.#zombies.has(group) && !this.#living.has(group) && !this.#hidesSome;
  }
}

/** Returns the groups, or undefined if /proc does not tell. */
function lookAtGroups(): GroupsInProc | undefined {
  const startedAt = performance.now();
  const { at = -Infinity, took = 0 } = lastLook ?? {};
  if (startedAt < at + Math.max(LOOK_MS, PACE * took)) return lastLook?.groups;
  if (!seesProcesses()) return undefined;
  try {
    const groups = new GroupsInProc();
    const now = performance.now();
    lastLook = { at: now, took: now - startedAt, groups };
    return groups;
  } catch {
    return undefined;
  }
}
