/**
 * What runs left behind that ended together with their reapers: after a power failure of a container, a `kill -9` of all.
 *
 * @module
 */
import { sleep, systemClock } from "../../base/clock.ts";
import type { LaunchRun } from "../launcher.ts";
import { mayReadProc, processIds, readStat } from "../../base/proc.ts";
import { signalGroup } from "./process_group.ts";

const POLL_MS = 25;
/** How long after a SIGKILL a group may linger before it is given up. */
const KILLED_MS = 1_000;

/**
 * Ends the workers of a job's earlier runs, with the same grace as any. They are known by the run's id in their
 * environment, where there is a /proc that may be read; elsewhere it does nothing.
 */
export async function reapOrphans(
  { earlierRuns, gracePeriod }: Pick<LaunchRun, "earlierRuns" | "gracePeriod">,
): Promise<void> {
  if (earlierRuns.length === 0 || !mayReadProc()) return;
  const start = performance.now();
  const asked = new Set<number>();
  for (let groups = groupsOf(earlierRuns); groups.size > 0; groups = groupsOf(earlierRuns)) {
    const waited = performance.now() - start;
    if (waited > gracePeriod + KILLED_MS) return;
    for (const group of groups) {
      if (waited > gracePeriod) signalGroup(group, "SIGKILL");
      else if (!asked.has(group)) signalGroup(group, "SIGTERM");
      asked.add(group);
    }
    await sleep(systemClock, POLL_MS);
  }
}

/** The groups that have a living process of one of the runs; never that of this process. */
function groupsOf(runs: readonly string[]): Set<number> {
  const marks = new Set(runs.map((run) => `EXECUTOR_RUN_ID=${run}`));
  const ours = readStat("self")?.group;
  const groups = processIds()
    .filter((pid) => environment(pid).some((variable) => marks.has(variable)))
    .map((pid) => readStat(pid)?.group)
    .filter((group) => group !== undefined)
    .filter((group) => group !== ours);
  return new Set(groups);
}

function environment(pid: string): string[] {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/environ`).split("\0");
  } catch {
    // It has ended, or is somebody else's.
    return [];
  }
}
