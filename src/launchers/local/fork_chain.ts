/**
 * Hunt for a chain of processes, each of which starts the next one and exits. It may be faster than a look at all of /proc, so
 * only the newest processes are read, again and again.
 *
 * @module
 */
import { newestProcessId } from "../../base/proc.ts";
import { readAttempts, readOwner } from "./process_table.ts";
import { attemptIdsOf, NO_ATTEMPTS } from "./seen_process.ts";

/** For how long a hunt holds up everything else, in milliseconds. */
const HUNT_MS = 50;
/** Ids up to the newest one that are read each time: a process that has just been started may not be there to be read yet. */
const NEWEST = 4;
/** Most new ids that are read at a time: the first time, and if many processes have been started meanwhile. */
const MAX_IDS = 64;

/** Kills the processes of an attempt that start during the next milliseconds. Returns whether there were any. */
export function huntYoungest(attemptId: string): boolean {
  const until = performance.now() + HUNT_MS;
  let next = 0;
  let hasFound = false;
  // Those whose environment could not be read the time before: they are read again.
  let inExec = new Set<number>();
  while (performance.now() < until) {
    const newest = newestProcessId();
    if (newest === undefined) break;
    // Ids begin again at the highest one.
    const from = Math.max(Math.min(next, newest - NEWEST + 1), newest - MAX_IDS, 2);
    const pids = inExec;
    inExec = new Set();
    for (let pid = newest; pid >= from; pid--) pids.add(pid);
    for (const pid of pids) {
      const attempts = readAttempts(`${pid}`);
      if (attempts === undefined) inExec.add(pid);
      const isOurs = attemptIdsOf(attempts ?? NO_ATTEMPTS).includes(attemptId);
      if (!isOurs || readOwner(`${pid}`) !== Deno.uid()) continue;
      hasFound = true;
      kill(pid);
    }
    next = newest + 1;
  }
  return hasFound;
}

/** Kills a process whose environment was read a moment ago: its id cannot be that of another one yet. */
function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has exited.
  }
}
