/**
 * Signs of work in process groups whose leaders have ended, as /proc shows them.
 *
 * @module
 */
import { processIds, type ProcessLife, readLife, seesProcesses } from "../../base/proc.ts";
import { pauseAfterLook } from "./process_table.ts";

/** How long a look at all processes serves all groups, in milliseconds. */
const LOOK_MS = 40;

interface Look {
  readonly begunAt: number;
  readonly at: number;
  readonly took: number;
  /** The living processes of each group, by their ids. */
  readonly groups: ReadonlyMap<number, ReadonlyMap<string, ProcessLife>>;
}

/** The last two looks: one alone shows only what a process does at that moment. */
interface Looks {
  readonly last: Look;
  readonly before: Look | undefined;
}

let looks: Looks | undefined;

/**
 * Returns whether a process of a group computes, waits for a disk, or reads from a pipe, as a filter does. Returns false if that
 * cannot be known.
 *
 * Only the second look after the question can show that a group is idle. Until it has begun, the group counts as being at work.
 * With a question every 50 ms, that look comes within a tenth of a second. Where looks are slow, it takes at most two seconds more
 * than the two looks.
 *
 * @param options.countsReaders If it is false, a pipe on stdin is no sign of work: children of a worker whose own stdin is one
 * have inherited it.
 * @param options.since When the group was asked about for the first time, by `performance.now()`.
 */
export function groupIsAtWork(
  group: number,
  { countsReaders, since }: { countsReaders: boolean; since: number },
): boolean {
  if (!seesProcesses()) return false;
  const { last, before } = look();
  if (before === undefined || before.begunAt < since) return true;
  const processes = last.groups.get(group);
  if (processes === undefined) return false;
  const earlier = before.groups.get(group);
  return processes.entries().some(([pid, { isRunning, ticks }]) => {
    const then = earlier?.get(pid);
    return isRunning || then !== undefined && ticks > then.ticks ||
      (countsReaders && readsPipe(pid));
  });
}

/** Looks, unless the last look still serves. */
function look(): Looks {
  const startedAt = performance.now();
  if (looks !== undefined) {
    const { at, took } = looks.last;
    if (startedAt < at + Math.max(LOOK_MS, pauseAfterLook(took))) return looks;
  }
  const groups = readGroups();
  const now = performance.now();
  const last = { begunAt: startedAt, at: now, took: now - startedAt, groups };
  return looks = { last, before: looks?.last };
}

function readGroups(): Map<number, Map<string, ProcessLife>> {
  const groups = new Map<number, Map<string, ProcessLife>>();
  try {
    for (const pid of processIds()) {
      const life = readLife(pid);
      if (life === undefined) continue;
      const group = groups.get(life.group) ?? new Map<string, ProcessLife>();
      groups.set(life.group, group.set(pid, life));
    }
  } catch {
    // There are too few descriptors: what was found counts.
  }
  return groups;
}

/** Returns whether the stdin of a process is a pipe. What a shell runs in the background has none. */
function readsPipe(pid: string): boolean {
  try {
    return Deno.readLinkSync(`/proc/${pid}/fd/0`).startsWith("pipe:");
  } catch {
    // It has ended, or closed its stdin.
    return false;
  }
}
