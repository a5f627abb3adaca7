/**
 * Note about the processes that workers left in groups or sessions of their own: they may be meant to outlive the run.
 *
 * @module
 */
import { sleep, systemClock } from "../../base/clock.ts";
import { mayReadProc, newestProcessId, readName, readStat } from "../../base/proc.ts";
import type { ReapedRun } from "./reaper.ts";
import { findInRun, hasVariable, type RunMarks } from "./process_table.ts";
import type { SeenProcess } from "./seen_process.ts";

/** How many processes the note names. */
const MAX_SHOWN = 5;
/** A process that is gone after this time was just ending, in milliseconds. */
const SETTLE_MS = 100;

/** In this time, fewer processes are started than there are ids, in milliseconds. */
const ORDERED_MS = 500;
/** If no more ids than this were given, looking at each of them takes less time than listing all processes. */
const FEW_IDS = 32;

/** What a run has started on this machine. */
export interface StartedWorkers {
  /** Noted before the first of them; undefined if that is unknown. */
  readonly beginning?: Beginning;
  /** The ids of their processes, each of which led a session. */
  readonly leaders: { has(pid: number): boolean };
}

/** What was known when a run began. */
export interface Beginning {
  /** The time, by `performance.now()`. */
  readonly at: number;
  /** The id that a process got last; undefined if that is unknown. */
  readonly lastId: number | undefined;
}

/** Notes that a run begins. */
export function noteBeginning(): Beginning {
  return { at: performance.now(), lastId: mayReadProc() ? newestProcessId() : undefined };
}

/**
 * Returns a sentence that counts the processes of a run that are alive; undefined if there are none or nothing is known.
 *
 * @param run With its `place`, if other processes of this machine have workers of the run, too.
 */
export async function describeLeft(
  run: Pick<ReapedRun, "runId" | "place">,
  { beginning, leaders }: StartedWorkers,
): Promise<string | undefined> {
  // On macOS, nobody sees which run a process belongs to.
  if (Deno.build.os === "darwin") return undefined;
  const marks = marksOf(run, leaders);
  if (find(marks, beginning && idsSince(beginning)).length === 0) return undefined;
  await sleep(systemClock, SETTLE_MS);
  const left = find(marks);
  if (left.length === 0) return undefined;
  const names = left.slice(0, MAX_SHOWN).map(({ pid }) => `${readName(pid) ?? "?"} (pid ${pid})`);
  const list = names.join(", ") + (left.length > MAX_SHOWN ? ", …" : "");
  return left.length === 1
    ? `1 process that a worker left behind still runs: ${list}`
    : `${left.length} processes that workers left behind still run: ${list}`;
}

/** Returns what tells which processes were left: their environment, or the session of a worker that has ended. */
function marksOf(
  { runId, place }: Pick<ReapedRun, "runId" | "place">,
  leaders: StartedWorkers["leaders"],
): RunMarks {
  return {
    isInRun: (attemptId, pid) =>
      attemptId.startsWith(`${runId}.`) && (place === undefined || hasVariable(pid, place)),
    // If its leader is alive, another process has got the number of a worker.
    isSession: (session) => leaders.has(session) && readStat(`${session}`) === undefined,
  };
}

/**
 * Finds them with few reads, as few of all processes belong to the run (row start of bench/), and at once: a run that is
 * killed has no time for a look that waits for its turn. It waits some milliseconds at most, for programs that are being started.
 */
function find(marks: RunMarks, ids?: readonly string[]): SeenProcess[] {
  return findInRun(marks, ids).filter(({ pid }) => pid !== Deno.pid);
}

/**
 * Returns the ids that were given since a run began, those of threads among them; undefined if that is not known for sure, or
 * there are many. (Row start of bench/.)
 */
function idsSince({ at, lastId: first }: Beginning): string[] | undefined {
  if (first === undefined || performance.now() - at > ORDERED_MS) return undefined;
  const last = newestProcessId();
  if (last === undefined || last < first || last - first > FEW_IDS) return undefined;
  return Array.from({ length: last - first }, (_, index) => `${first + 1 + index}`);
}
