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
  /** When it answered for the first time, or its start if that is not known; absent if it has never answered. */
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
    const { session, worker: lane, process: number } = attempt;
    if (number === undefined) continue;
    const key = `${session} ${lane} ${number}`;
    const before = found.get(key);
    const { startedAt, ranges } = before ?? { startedAt: attempt.startedAt, ranges: 0 };
    found.set(key, {
      ...{ lane, number, startedAt },
      readyAt: before?.readyAt ?? attempt.readyAt ?? (isAnswered(attempt) ? startedAt : undefined),
      endedAt: endOf(attempt, { now }),
      ranges: ranges + (endsWell(attempt) ? 1 : 0),
    });
  }
  return Array.from(found.values());
}

function endsWell({ status }: AttemptRecord): boolean {
  return ATTEMPT_TRAITS[status].end === "done";
}

/** How attempts end whose process may not have answered. */
const WITHOUT_ANSWER: readonly string[] = ["launch", "stopped", "cancelled"];

/** Returns whether an attempt ended as only that of a process does which has answered. */
function isAnswered(attempt: AttemptRecord): boolean {
  const { cause } = attempt;
  return endsWell(attempt) || (cause !== undefined && !WITHOUT_ANSWER.includes(cause.kind));
}

/** Returns when a process had loaded what it needs: not before its end, if it has never answered. */
export function loadedAt({ readyAt, endedAt }: ResidentProcess): number {
  return readyAt ?? endedAt;
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
