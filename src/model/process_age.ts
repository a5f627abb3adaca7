/**
 * Age of a resident worker's process, and the ranges that it has done, as the events tell them.
 *
 * @module
 */
import type { AttemptEndedEvent, AttemptSpawnedEvent, AttemptStartedEvent } from "./events.ts";
import { isDone } from "./statuses.ts";
import type { WorkerState } from "./types.ts";

type Process = WorkerState["process"];
type Worker = WorkerState | undefined;

/** Returns the process that takes the range of an attempt; undefined if its worker is no resident one. */
export function processFor(worker: Worker, { process, t }: AttemptStartedEvent): Process {
  if (process === undefined) return undefined;
  const known = worker?.process;
  return known?.number === process ? known : { number: process, startedAt: t, ranges: 0 };
}

/** Returns the process after it was started for an attempt. */
export function processFrom(worker: Worker, { t }: AttemptSpawnedEvent): Process {
  const process = worker?.process;
  if (process === undefined) return undefined;
  // A process that has done ranges had ended before it could take this one: this is the next one.
  const number = process.number + (process.ranges > 0 ? 1 : 0);
  return { number, startedAt: t, ranges: 0 };
}

/** Returns the process after an attempt; undefined if it has ended, too. */
export function processAfter(worker: Worker, end: AttemptEndedEvent): Process {
  const process = worker?.process;
  const { status, cause, exit } = end;
  const isOver = exit !== undefined || cause?.kind === "launch" || cause?.kind === "fault";
  if (process === undefined || isOver) return undefined;
  return { ...process, ranges: process.ranges + (isDone(status) ? 1 : 0) };
}

/** Returns the process after the run was suspended for some milliseconds, which do not count. */
export function processLater(worker: Worker, gap: number): Process {
  const process = worker?.process;
  return process && { ...process, startedAt: process.startedAt + gap };
}
