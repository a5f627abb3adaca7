/**
 * POSIX process groups.
 *
 * @module
 */
import { mayReadProc, processIds, readStat } from "../../base/proc.ts";

/** Signals every process of a group, as far as they may be signalled; says whether there is such a group. */
export function signalGroup(group: number, signal: Deno.Signal): boolean {
  try {
    Deno.kill(-group, signal);
  } catch (error) {
    if (isGone(error)) return false;
    // A process of another user, as sudo makes one, is out of reach.
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
  }
  return true;
}

/** Whether a group whose leader was reaped has a living process. */
export function groupHasMembers(group: number): boolean {
  try {
    // 0 sends nothing and only looks, as kill(2) has it; Deno takes the number, its types do not.
    Deno.kill(-group, 0 as unknown as Deno.Signal);
  } catch (error) {
    if (isGone(error)) return false;
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
  }
  // A zombie counts for kill(2), and stays where process 1 does not reap, as in many containers.
  return Deno.build.os !== "linux" || livingGroups()?.has(group) !== false;
}

// macOS answers EPERM for a group that has only zombies.
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    (Deno.build.os === "darwin" && error instanceof Deno.errors.PermissionDenied);
}

/** One look at all processes serves all who ask within this time. */
const LOOK_MS = 20;
let lastLook: { at: number; groups: Set<number> } | undefined;

/** The groups that have a living process; nothing where that may not be seen. */
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
