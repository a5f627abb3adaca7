/**
 * CPU and memory that process groups use.
 *
 * @module
 */
import type { Usage } from "../../model/types.ts";
import { mayReadProc, pageBytes, processIds, readStat, TICKS_PER_SECOND } from "../../base/proc.ts";

/** How long a look at all processes serves all groups, in milliseconds. */
const LOOK_MS = 900;

interface Look {
  readonly at: number;
  readonly groups: ReadonlyMap<number, { ticks: number; pages: number }>;
}

/** How many looks in a row may leave out processes of other groups. Later, their ids may belong to other processes. */
const PARTIAL_LOOKS = 9;

/** The groups that were asked for since the last look at all processes, and those asked for before. */
let asked = new Set<number>();
let askedBefore: ReadonlySet<number> = asked;
/** The groups of processes that the last look at all of them found. */
let found = new Map<string, number>();
let partialLooks = 0;

let looks: { readonly last: Look; readonly before?: Look } | undefined;
/** When the last look was tried. */
let triedAt = -Infinity;
let bytesPerPage: number | undefined;

/**
 * Returns what a group used between the last two looks, or undefined before the second look and without /proc. A look for which
 * there are too few descriptors is left out.
 */
export function groupUsage(group: number): Usage | undefined {
  const now = performance.now();
  asked.add(group);
  if (looks === undefined || now - triedAt >= LOOK_MS) {
    triedAt = now;
    const last = look(now);
    if (last === undefined) return undefined;
    looks = { last, before: looks?.last };
  }
  const { last, before } = looks;
  const [then, sample] = [before?.groups.get(group), last.groups.get(group)];
  if (before === undefined || then === undefined || sample === undefined) return undefined;
  const seconds = (last.at - before.at) / 1000;
  // The time of a child that nobody waited for is lost, so that the sum may fall.
  const ticks = Math.max(0, sample.ticks - then.ticks);
  return { cpu: ticks / TICKS_PER_SECOND / seconds, rss: sample.pages * bytesPerPage! };
}

function look(at: number): Look | undefined {
  if (!mayReadProc()) return undefined;
  const groups = new Map<number, { ticks: number; pages: number }>();
  try {
    bytesPerPage ??= pageBytes();
    if (partialLooks++ >= PARTIAL_LOOKS) lookAtAll();
    for (const pid of processIds()) {
      if (isForeign(pid)) continue;
      const stat = readStat(pid);
      if (stat === undefined) continue;
      found.set(pid, stat.group);
      const sum = groups.get(stat.group) ?? { ticks: 0, pages: 0 };
      sum.ticks += stat.ticks;
      sum.pages += stat.pages;
      groups.set(stat.group, sum);
    }
  } catch {
    return undefined;
  }
  return { at, groups };
}

/** Forgets which processes were in other groups. */
function lookAtAll(): void {
  partialLooks = 0;
  found = new Map();
  askedBefore = asked;
  asked = new Set();
}

/**
 * Returns whether a process was in a group that nobody asks for. Most processes of a machine are, and to read of each costs
 * more than all else here. (Row watch of bench/.)
 */
function isForeign(pid: string): boolean {
  const group = found.get(pid);
  if (group === undefined || isAskedFor(group)) return false;
  // It may have been started a moment before that look, and lead its group since.
  return !isAskedFor(Number(pid));
}

function isAskedFor(group: number): boolean {
  return asked.has(group) || askedBefore.has(group);
}
