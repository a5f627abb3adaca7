/**
 * Orphans on this machine: workers that outlived both their executor and its reaper.
 *
 * @module
 */
import { awakeClock } from "../../base/clock.ts";
import type { LaunchRun } from "../launcher.ts";
import { rangeOfAttempt, runIdOf } from "../../model/names.ts";
import { ProcessSearch, Termination } from "../termination.ts";
import { canLook, lookNext, type ProcessTable, signalProcess } from "./process_table.ts";
import { attemptIdsOf, type SeenProcess } from "./seen_process.ts";

/** What earlier runs of a job may have left on this machine. */
export interface Leftovers extends Pick<LaunchRun, "unfinished"> {
  /**
   * Attempts that have done their range, with the process groups in which they left something. That ends soon after such an
   * attempt, but not if the executor is killed by then.
   */
  readonly finished: readonly { readonly attemptId: string; readonly group: number }[];
  /** Runs of which only the ends of ranges are known: any other range may have an attempt that the record does not name. */
  readonly endsOnly: readonly EndsOnlyRun[];
}

/** A run of which only the ends of ranges are known. */
export interface EndsOnlyRun {
  readonly runId: string;
  /** The ranges that are done. */
  readonly done: { has(range: number): boolean };
}

/**
 * Ends what is left of attempts that have not done their range, and what finished attempts have left in the groups of their
 * workers. All get the grace period of this run. Their processes are recognized by the attempt's id in their environment, so
 * this needs a /proc that may be read; elsewhere it does nothing.
 */
export async function reapOrphans(
  { unfinished, finished, endsOnly, gracePeriod }: Leftovers & Pick<LaunchRun, "gracePeriod">,
): Promise<void> {
  const ids = new Set(unfinished);
  const isUnfinished = (id: string) => ids.has(id) || endsOnly.some((run) => isUndoneIn(run, id));
  const searches: Search[] = [
    ...(ids.size + endsOnly.length > 0 ? [(look: Look) => findAll(look, isUnfinished)] : []),
    ...(finished.length > 0 ? [(look: Look) => findInGroups(look, finished)] : []),
  ];
  await Promise.all(searches.map((search) => end(search, { gracePeriod })));
}

/** A look at all processes. */
interface Look {
  readonly table: ProcessTable;
  /** Returns whether this program may end a process. */
  readonly mayEnd: (process: SeenProcess) => boolean;
  /** Returns whether an earlier look has found it. */
  readonly isKnown: (process: SeenProcess) => boolean;
}

/** Finds processes that are to be ended. */
type Search = (look: Look) => readonly SeenProcess[];

/** Ends what a search finds. */
async function end(search: Search, { gracePeriod }: { gracePeriod: number }): Promise<void> {
  const known = new Map<string, SeenProcess>();
  const isKnown = (process: SeenProcess) => known.has(identityOf(process));
  const orphans = new ProcessSearch({
    find: async () => {
      const table = await lookNext();
      // If there are too few descriptors, nobody knows at the moment.
      if (table === undefined) return canLook() ? undefined : [];
      const found = search({ table, mayEnd: thoseToEnd(table), isKnown });
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
 * Returns what tells which processes may be ended. Ancestors of this process may not: it may run in a terminal that such a
 * worker has left.
 */
function thoseToEnd(table: ProcessTable): Look["mayEnd"] {
  const ours = lineage(table);
  const group = table.get(Deno.pid)?.group;
  return (process) => !ours.has(process.pid) && process.group !== group && !process.isForeign;
}

/** Returns whether an attempt is one of a run, and the run has not done its range. */
function isUndoneIn({ runId, done }: EndsOnlyRun, attemptId: string): boolean {
  if (runIdOf(attemptId) !== runId) return false;
  const range = rangeOfAttempt(attemptId);
  return range === undefined || !done.has(range);
}

/** Finds the processes of some attempts, what is in their groups, and what descends from all of these. */
function findAll(
  { table, mayEnd, isKnown }: Look,
  isWanted: (attemptId: string) => boolean,
): SeenProcess[] {
  const isMarked = (process: SeenProcess) => attemptIdsOf(process).some(isWanted);
  const marked = Array.from(table.all()).filter((process) =>
    mayEnd(process) && (isKnown(process) || isMarked(process))
  );
  const inGroups = marked.flatMap((process) => table.where("group", process.group));
  return Array.from(table.withDescendants(inGroups)).filter(mayEnd);
}

/**
 * Finds what attempts have left in the groups of their workers. Such a group has a process with the id of the attempt: the number
 * alone may be that of another group by now.
 */
function findInGroups(
  { table, mayEnd, isKnown }: Look,
  attempts: Leftovers["finished"],
): SeenProcess[] {
  return attempts.flatMap(({ attemptId, group }) => {
    const all = table.where("group", group).filter(mayEnd);
    const isLeft = all.some((process) => process.attemptId === attemptId || isKnown(process));
    return isLeft ? all : [];
  });
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
