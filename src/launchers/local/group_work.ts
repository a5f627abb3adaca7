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

let last: Look | undefined;
let before: Look | undefined;

/**
 * Returns whether a process of a group computes, waits for a disk, or reads from a pipe, as a filter does. Returns false if that
 * cannot be known, and true for a moment if the last look is older than the question: on a busy machine, looks are rare.
 *
 * @param options.countsReaders If it is false, a pipe on stdin is no sign of work: children of a worker whose own stdin is one
 * have inherited it.
 * @param options.since When the group was asked about for the first time, by `performance.now()`.
 */
export function groupIsAtWork(
  group: number,
  { countsReaders, since }: { countsReaders: boolean; since: number },
): boolean {
  look();
  if (last !== undefined && last.begunAt < since) return true;
  const processes = last?.groups.get(group);
  if (processes === undefined) return false;
  const earlier = before?.groups.get(group);
  return processes.entries().some(([pid, { isRunning, ticks }]) => {
    const then = earlier?.get(pid);
    return isRunning || then !== undefined && ticks > then.ticks ||
      (countsReaders && readsPipe(pid));
  });
}

function look(): void {
  const startedAt = performance.now();
  if (last !== undefined && startedAt < last.at + Math.max(LOOK_MS, pauseAfterLook(last.took))) {
    return;
  }
  const groups = readGroups();
  const now = performance.now();
  before = last;
  last = { begunAt: startedAt, at: now, took: now - startedAt, groups };
}

function readGroups(): Map<number, Map<string, ProcessLife>> {
  const groups = new Map<number, Map<string, ProcessLife>>();
  if (!seesProcesses()) return groups;
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
