/**
 * POSIX process groups.
 *
 * @module
 */

/** Signals every process of a group; does nothing when there is none. */
export function signalGroup(group: number, signal: Deno.Signal): void {
  try {
    Deno.kill(-group, signal);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Whether a group whose leader was reaped has a living process. */
export function groupHasMembers(group: number): boolean {
  try {
    // 0 sends nothing and only looks, as kill(2) has it; Deno takes the number, its types do not.
    Deno.kill(-group, 0 as unknown as Deno.Signal);
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
  // A zombie counts for kill(2), and stays where process 1 does not reap, as in many containers.
  return Deno.build.os !== "linux" || hasLivingMember(group);
}

// macOS answers EPERM for a group that has only zombies.
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    (Deno.build.os === "darwin" && error instanceof Deno.errors.PermissionDenied);
}

function hasLivingMember(group: number): boolean {
  // Without the permission to look, what kill(2) says stands; nobody is to be prompted for it.
  if (Deno.permissions.querySync({ name: "read", path: "/proc" }).state !== "granted") return true;
  try {
    for (const { name } of Deno.readDirSync("/proc")) {
      if (/^\d+$/.test(name) && isLivingMember(name, group)) return true;
    }
    return false;
  } catch {
    return true;
  }
}

function isLivingMember(pid: string, group: number): boolean {
  let stat: string;
  try {
    stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  }
  // proc(5): pid (comm) state ppid pgrp …, where comm may hold any character.
  const [state, , pgrp] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(pgrp) === group && state !== "Z" && state !== "X";
}
