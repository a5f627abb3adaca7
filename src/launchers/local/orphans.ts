/**
 * Orphans on this machine: workers that outlived both their executor and its reaper.
 *
 * @module
 */
import { awakeClock } from "../../base/clock.ts";
import { mayReadProc, processIds, readStat } from "../../base/proc.ts";
import type { LaunchRun } from "../launcher.ts";
import { ProcessSearch, Termination } from "../termination.ts";
import { signalGroup } from "../process_group.ts";

/**
 * Ends the workers of a job's earlier runs, with the grace period of this run. They are recognized by the run's id in their
 * environment, so this needs a /proc that may be read; elsewhere it does nothing.
 */
export async function reapOrphans(
  { earlierRuns, gracePeriod }: Pick<LaunchRun, "earlierRuns" | "gracePeriod">,
): Promise<void> {
  if (earlierRuns.length === 0 || !mayReadProc()) return;
  const orphans = new ProcessSearch({
    find: () => findGroups(earlierRuns),
    signal: (groups, signal) => groups.forEach((group) => void signalGroup(group, signal)),
  });
  const termination = new Termination(orphans, { clock: awakeClock, gracePeriod });
  termination.signal("SIGTERM");
  await termination.done;
}

/** Finds the process groups in which a process of one of the runs is alive, without the group of this process. */
function findGroups(runs: readonly string[]): number[] {
  const marks = new Set(runs.map((run) => `EXECUTOR_RUN_ID=${run}`));
  const ours = readStat("self")?.group;
  const groups = processIds()
    .filter((pid) => readEnvironment(pid).some((variable) => marks.has(variable)))
    .map((pid) => readStat(pid)?.group)
    .filter((group) => group !== undefined)
    .filter((group) => group !== ours);
  return Array.from(new Set(groups));
}

function readEnvironment(pid: string): string[] {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/environ`).split("\0");
  } catch {
    // It has ended, or belongs to another user.
    return [];
  }
}
