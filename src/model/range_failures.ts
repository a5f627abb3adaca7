/**
 * Failures of ranges, as the events that end them tell: for the state, and for reporters that need each one.
 *
 * @module
 */
import { UNKNOWN_CAUSE } from "./cause.ts";
import { boundFailure } from "./details.ts";
import type { OutputLostEvent, RangeEndedEvent, RunEvent } from "./events.ts";
import { type RunState, wholeRangeItems } from "./state.ts";
import { type FailedStatus, isDone } from "./statuses.ts";
import type { RangeFailure, Suspect, WorkerState } from "./types.ts";

/** The lines of its last attempt that a failure keeps. */
export const FAILURE_LOG_LINES = 20;

/**
 * Returns the failure that an event tells of, as {@linkcode RunState.failures} has it: also after the first thousand, of which
 * the state keeps the number alone. Returns undefined for all other events. `state` is the one after the event.
 */
export function failureOf(event: RunEvent, { workers }: RunState): RangeFailure | undefined {
  if (!isFailure(event)) return undefined;
  if (event.kind === "output-lost") return boundFailure(lostFailure(event));
  const worker = workers[event.worker];
  return worker && boundFailure(endedFailure(event, worker));
}

/** Returns whether a range has failed for good with an event. */
export function isFailure(event: RunEvent): event is RangeEndedEvent | OutputLostEvent {
  return event.kind === "output-lost" || (event.kind === "range-ended" && !isDone(event.status));
}

/** Returns the failure of a range that ended badly; `worker` made the last attempt at it. */
export function endedFailure(event: RangeEndedEvent, worker: WorkerState): RangeFailure {
  const { range, status, cause, startIndex, endIndex, suspect, attempt } = event;
  return {
    range,
    startIndex,
    endIndex,
    items: event.items ?? wholeRangeItems(worker, event),
    status: status as FailedStatus,
    cause: cause ?? UNKNOWN_CAUSE,
    attempts: attempt,
    suspect: suspect === undefined ? undefined : findSuspect(worker, suspect),
    message: worker.message,
    log: worker.log.slice(-FAILURE_LOG_LINES),
    logFile: worker.logFile,
  };
}

/** Returns the failure of a range that was done, and whose output is lost. */
export function lostFailure(event: OutputLostEvent): RangeFailure {
  const { range, cause, startIndex, endIndex, items, attempts } = event;
  const failure = { range, startIndex, endIndex, items, cause, attempts, message: "", log: [] };
  return { ...failure, status: "CRASHED" };
}

function findSuspect({ extraData: { startIndex, items } }: WorkerState, index: number): Suspect {
  const item = items?.[index - startIndex];
  return { index, ...(item !== undefined && { item }) };
}
