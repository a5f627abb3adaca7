/**
 * Orphans on this machine: workers that outlived both their executor and its reaper.
 *
 * @module
 */
import { awakeClock } from "../../base/clock.ts";
import type { LaunchRun } from "../launcher.ts";
import { ProcessSearch, Termination } from "../termination.ts";
import { canLook, lookNext, type ProcessTable, signalProcess } from "./process_table.ts";
import type { SeenProcess } from "./seen_process.ts";

/**
 * Ends what is left of attempts of a job's earlier runs that have not done their range, with the grace period of this run. Their
 * processes are recognized by the attempt's id in their environment, so this needs a /proc that may be read; elsewhere it does
 * nothing.
 */
export async function reapOrphans(
  { unfinished, gracePeriod }: Pick<LaunchRun, "unfinished" | "gracePeriod">,
): Promise<void> {
  if (unfinished.length === 0) return;
  const known = new Map<string, SeenProcess>();
  const ids = new Set(unfinished);
  const orphans = new ProcessSearch({
    find: async () => {
      const table = await lookNext();
      // If there are too few descriptors, nobody knows at the moment.
      if (table === undefined) return canLook() ? undefined : [];
      const found = find(table, { ids, known });
      for (const process of found) known.set(identityOf(process), process);
      return found.map(identityOf);
    },
    signal: (found, signal) => {
      for (const identity of found) signalProcess(known.get(identity)!, signal);
    },
  });
  const termination = new Termination(orphans, { clock: awakeClock, gracePeriod });
  termination.signal("SIGTERM");
  await termination.done;
}

/**
 * Finds the processes that carry one of the ids, what is in their groups, and what descends from all of these. Ancestors of
 * this process are left out: it may run in a terminal that such a worker has left.
 */
function find(
  table: ProcessTable,
  { ids, known }: { ids: ReadonlySet<string>; known: ReadonlyMap<string, SeenProcess> },
): SeenProcess[] {
  const ours = lineage(table);
  const group = table.get(Deno.pid)?.group;
  const mayEnd = (process: SeenProcess) =>
    !ours.has(process.pid) && process.group !== group && !process.isForeign;
  const marked = Array.from(table.all()).filter((process) =>
    mayEnd(process) &&
    (known.has(identityOf(process)) ||
      (process.attemptId !== undefined && ids.has(process.attemptId)))
  );
  const inGroups = marked.flatMap((process) => table.where("group", process.group));
  return Array.from(table.withDescendants(inGroups)).filter(mayEnd);
}

/** Returns the ids of this process and of all that it descends from. */
function lineage(table: ProcessTable): Set<number> {
  const pids = new Set<number>();
  for (let pid = Deno.pid; !pids.has(pid); pid = table.get(pid)?.parent ?? pid) pids.add(pid);
  return pids;
}

function identityOf({ pid, start }: SeenProcess): string {
  return `${pid} ${start}`;
}
