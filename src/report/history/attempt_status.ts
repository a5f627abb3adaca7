/**
 * Statuses of attempts: those of the table of statuses that an attempt can have, and LOST, which only a report gives.
 *
 * @module
 */
import { STATUSES, type StatusTraits, type TaskStatus, TONES } from "../../model/statuses.ts";

/**
 * The status of an attempt: `PENDING` while it waits for room to start, `LOST` if its run was killed and nobody saw its end.
 * `RETRYING` is the status of a range between two attempts.
 */
export type AttemptStatus = Exclude<TaskStatus, "RETRYING"> | "LOST";

const { RETRYING: _, ...OF_ATTEMPTS } = STATUSES;

/** The row of each status. */
export const ATTEMPT_TRAITS: Readonly<Record<AttemptStatus, StatusTraits>> = {
  ...OF_ATTEMPTS,
  LOST: { end: "failed", tone: "bad", legend: "its end was not seen" },
};

/** The statuses in the order of legends and sorted tables. */
export const ATTEMPT_STATUSES: readonly AttemptStatus[] = TONES.flatMap((tone) =>
  (Object.keys(ATTEMPT_TRAITS) as AttemptStatus[])
    .filter((status) => ATTEMPT_TRAITS[status].tone === tone)
);
