/**
 * Sorting and filtering of the table of attempts.
 *
 * @module
 */
import { causeText } from "../../../reporters/wording.ts";
import { ATTEMPT_STATUSES } from "../../history/attempt_status.ts";
import { type AttemptRecord, isBad, isOpen, type RunHistory } from "../../history/history.ts";

/** A column that the table can be sorted by. */
export type SortKey =
  | "worker"
  | "items"
  | "attempt"
  | "status"
  | "start"
  | "time"
  | "progress"
  | "cause";

/** A filter: all attempts, those that went wrong, or those that have not ended. */
export type Filter = "all" | "bad" | "open";

/** Filter and sort order of the table. */
export interface TableOrder {
  readonly key: SortKey;
  readonly isDescending: boolean;
  readonly filter: Filter;
}

/** Returns the indexes of the attempts that the table shows, in its order. Equal ones keep the order in which they began. */
export function orderAttempts(
  { attempts, now }: RunHistory,
  { key, isDescending, filter }: TableOrder,
): number[] {
  const indexes: number[] = [];
  for (const [index, attempt] of attempts.entries()) {
    const isShown = filter === "all" || (filter === "bad" ? isBad(attempt) : isOpen(attempt));
    if (isShown) indexes.push(index);
  }
  const values = attempts.map((attempt) => sortValue(attempt, { key, now }));
  const sign = isDescending ? -1 : 1;
  return indexes.sort((a, b) => sign * compare(values[a]!, values[b]!) || a - b);
}

/** Returns the value of an attempt in the sorted column. */
function sortValue(
  attempt: AttemptRecord,
  { key, now }: { key: SortKey; now: number },
): number | string {
  const { startIndex, endIndex, startedAt, endedAt = now } = attempt;
  switch (key) {
    case "items":
      return startIndex;
    case "status":
      return ATTEMPT_STATUSES.indexOf(attempt.status);
    case "start":
      return startedAt;
    case "time":
      return endedAt - startedAt;
    case "progress":
      return attempt.progress / Math.max(1, endIndex - startIndex);
    case "cause":
      return attempt.cause ? causeText(attempt.cause) : "";
    default:
      return attempt[key];
  }
}

/** Returns -1, 0 or 1. */
function compare(a: number | string, b: number | string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
