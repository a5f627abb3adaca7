/**
 * Signals to POSIX process groups, and whether they are alive.
 *
 * @module
 */
import { mayReadProc, processIds, readStat } from "../base/proc.ts";

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
  return Deno.build.os !== "linux" || livingGroups()?.has(group) !== false;
}

// macOS reports EPERM for a group of zombies.
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    (Deno.build.os === "darwin" && error instanceof Deno.errors.PermissionDenied);
}

/** For how long a look at all processes is good for every group, in milliseconds. */
const LOOK_MS = 20;
let lastLook: { at: number; groups: Set<number> } | undefined;

/** Returns the groups that have a living process, or undefined if /proc may not be read. */
function livingGroups(): Set<number> | undefined {
  if (!mayReadProc()) return undefined;
  const now = performance.now();
  if (lastLook !== undefined && now - lastLook.at < LOOK_MS) return lastLook.groups;
  try {
    const stats = processIds().map(readStat).filter((stat) => stat !== undefined);
    lastLook = { at: performance.now(), groups: new Set(stats.map(({ group }) => group)) };
    return lastLook.groups;
  } catch {
    return undefined;
  }
}
