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
    for (const pid of processIds()) {
      const stat = readStat(pid);
      if (stat === undefined) continue;
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
