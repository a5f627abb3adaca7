/**
 * Note about the processes that workers left in groups or sessions of their own: they may be meant to outlive the run.
 *
 * @module
 */
import { sleep, systemClock } from "../../base/clock.ts";
import { readName } from "../../base/proc.ts";
import { findInRun, idsNow } from "./process_table.ts";
import type { SeenProcess } from "./seen_process.ts";

/** How many processes the note names. */
const MAX_SHOWN = 5;
/** A process that is gone after this time was just ending, in milliseconds. */
const SETTLE_MS = 100;

/** For this time after a look, no id of a process can have been given to another one: there are too many of them. */
const UNIQUE_MS = 500;

/** A look at the processes that were there before a run. */
export interface Earlier {
  readonly ids: ReadonlySet<string>;
  /** The time of the look, by `performance.now()`. */
  readonly at: number;
}

/** Looks at the processes that are there before a run: none of them belongs to it. */
export function lookEarlier(): Earlier {
  const at = performance.now();
  return { ids: Deno.build.os === "linux" ? idsNow() : new Set(), at };
}

/** Returns a sentence that counts the processes of a run that are alive; undefined if there are none or nothing is known. */
export async function describeLeft(runId: string, earlier?: Earlier): Promise<string | undefined> {
  const isShort = earlier !== undefined && performance.now() - earlier.at < UNIQUE_MS;
  const others = isShort ? earlier.ids : undefined;
  // On macOS, nobody sees which run a process belongs to.
  if (Deno.build.os === "darwin" || find(runId, others).length === 0) return undefined;
  await sleep(systemClock, SETTLE_MS);
  const left = find(runId, others);
  if (left.length === 0) return undefined;
  const names = left.slice(0, MAX_SHOWN).map(({ pid }) => `${readName(pid) ?? "?"} (pid ${pid})`);
  const list = names.join(", ") + (left.length > MAX_SHOWN ? ", …" : "");
  return left.length === 1
    ? `1 process that a worker left behind still runs: ${list}`
    : `${left.length} processes that workers left behind still run: ${list}`;
}

/**
 * Finds them by the environment alone, as few of all processes belong to the run (row start of bench/), and at once: a run
 * that is killed has no time for a look that waits for its turn.
 */
function find(runId: string, others?: ReadonlySet<string>): SeenProcess[] {
  return findInRun((attemptId) => attemptId.startsWith(`${runId}.`), others).filter(({ pid }) =>
    pid !== Deno.pid
  );
}
