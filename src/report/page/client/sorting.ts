/**
 * The order and the choice of the rows in the table of attempts.
 *
 * @module
 */
import { ATTEMPT_STATUSES } from "../../history/attempt_status.ts";
import { type AttemptRecord, isBad, isOpen, type RunHistory } from "../../history/history.ts";

/** What the table can be sorted by. */
export type SortKey =
  | "worker"
  | "items"
  | "attempt"
  | "status"
  | "start"
  | "time"
  | "progress"
  | "reason";

/** Which attempts the table shows. */
export type Choice = "all" | "bad" | "open";

/** What is shown, and in which order. */
export interface TableOrder {
  readonly key: SortKey;
  readonly isDescending: boolean;
  readonly choice: Choice;
}

/** The places of the attempts that a table shows, in its order; what is equal stays in the order in which it began. */
export function orderAttempts(
  { attempts, now }: RunHistory,
  { key, isDescending, choice }: TableOrder,
): number[] {
  const places: number[] = [];
  for (const [place, attempt] of attempts.entries()) {
    const isShown = choice === "all" || (choice === "bad" ? isBad(attempt) : isOpen(attempt));
    if (isShown) places.push(place);
  }
  const values = attempts.map((attempt) => sortValue(attempt, { key, now }));
  const sign = isDescending ? -1 : 1;
  return places.sort((a, b) => sign * compare(values[a]!, values[b]!) || a - b);
}

/** What an attempt is sorted by. */
export function sortValue(
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
    case "reason":
      return attempt.reason ?? "";
    default:
      return attempt[key];
  }
}

/** Below, equal or above. */
export function compare(a: number | string, b: number | string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
