/**
 * Processes of resident workers: their times, the ranges that they have done, and their names in the timeline.
 *
 * @module
 */
import { type AttemptRecord, endOf } from "../../history/history.ts";
import { ATTEMPT_TRAITS } from "../../history/attempt_status.ts";
import { plural } from "../../../reporters/wording.ts";
import { formatSpan } from "./figures.ts";

/** A process of a resident worker. */
export interface ResidentProcess {
  readonly lane: number;
  /** Its number, from 1; those of a worker count up in each run. */
  readonly number: number;
  readonly startedAt: number;
  /** When it answered for the first time, if that is known. */
  readonly readyAt?: number;
  /** When its last attempt ended, or now. */
  readonly endedAt: number;
  /** The ranges that it has done. */
  readonly ranges: number;
}

/** Returns the processes of resident workers, in the order in which they were started. */
export function findProcesses(
  attempts: readonly AttemptRecord[],
  { now }: { now: number },
): ResidentProcess[] {
  const found = new Map<string, ResidentProcess>();
  for (const attempt of attempts) {
    const { session, worker: lane, process: number, startedAt, readyAt } = attempt;
    if (number === undefined) continue;
    const key = `${session} ${lane} ${number}`;
    const { ranges, ...first } = found.get(key) ?? { lane, number, startedAt, readyAt, ranges: 0 };
    const isDone = ATTEMPT_TRAITS[attempt.status].end === "done";
    const endedAt = endOf(attempt, { now });
    found.set(key, { ...first, endedAt, ranges: ranges + (isDone ? 1 : 0) });
  }
  return Array.from(found.values());
}

/** Returns the room for the rails of processes below the segments of a lane, in pixels: with names, without them, or the least. */
export function railHeight(lanes: number): number {
  if (lanes <= 16) return 16;
  return lanes <= 64 ? 6 : 2;
}

/** Returns texts that describe a process, the longest first. */
export function processTexts({ number, startedAt, endedAt, ranges }: ResidentProcess): string[] {
  const age = formatSpan(endedAt - startedAt);
  const short = `process ${number} · ${age}`;
  return [`${short} · ${plural(ranges, "range")}`, short, `${number} · ${age}`, `${number}`];
}
