/**
 * Columns of the table of attempts, its sorting and its filter.
 *
 * @module
 */
import { ATTEMPT_STATUSES, ATTEMPT_TRAITS } from "../../history/attempt_status.ts";
import { type AttemptRecord, isBad, isOpen, type RunHistory } from "../../history/history.ts";
import { causeText, formatBytes, formatRange } from "../../../reporters/wording.ts";
import { formatCount, formatSpan, itemSuffix } from "./figures.ts";

/** A column of the table. */
interface Column {
  readonly key: string;
  readonly name: string;
  /** Returns the text of a cell; `now` stands in for the end of an attempt that has not ended. */
  readonly text: (attempt: AttemptRecord, now: number) => string;
  /** Returns the value by which rows are sorted. */
  readonly sortValue: (attempt: AttemptRecord, now: number) => number | string;
}

/** The columns, from left to right. */
export const COLUMNS = [
  {
    key: "worker",
    name: "Worker",
    text: ({ worker, node }) => node === undefined ? `${worker}` : `${worker} @${node}`,
    sortValue: ({ worker }) => worker,
  },
  {
    key: "items",
    name: "Items",
    text: (attempt) => formatRange(attempt.startIndex, attempt.endIndex) + itemSuffix(attempt),
    sortValue: ({ startIndex }) => startIndex,
  },
  {
    key: "attempt",
    name: "Attempt",
    text: ({ attempt }) => `${attempt}`,
    sortValue: ({ attempt }) => attempt,
  },
  {
    key: "status",
    name: "Status",
    text: ({ status }) => status,
    sortValue: ({ status }) => ATTEMPT_STATUSES.indexOf(status),
  },
  {
    key: "start",
    name: "Start",
    text: ({ startedAt }) => formatSpan(startedAt),
    sortValue: ({ startedAt }) => startedAt,
  },
  {
    key: "time",
    name: "Time",
    text: (attempt, now) => formatSpan(timeOf(attempt, now)),
    sortValue: timeOf,
  },
  {
    key: "progress",
    name: "Progress",
    text: (attempt) => `${formatCount(progressOf(attempt))} / ${formatCount(sizeOf(attempt))}`,
    sortValue: (attempt) => progressOf(attempt) / Math.max(1, sizeOf(attempt)),
  },
  {
    key: "cpu",
    name: "CPU",
    text: ({ cpuMs }) => cpuMs === undefined ? "" : formatSpan(cpuMs),
    sortValue: ({ cpuMs = -1 }) => cpuMs,
  },
  {
    key: "memory",
    name: "Memory",
    text: ({ peakRss }) => peakRss === undefined ? "" : formatBytes(peakRss),
    sortValue: ({ peakRss = -1 }) => peakRss,
  },
  {
    key: "cause",
    name: "Why",
    text: causeOf,
    sortValue: causeOf,
  },
] as const satisfies readonly Column[];

/** A column that the table can be sorted by. */
export type SortKey = typeof COLUMNS[number]["key"];

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
  const { sortValue } = COLUMNS.find((column) => column.key === key)!;
  const values = attempts.map((attempt) => sortValue(attempt, now));
  const sign = isDescending ? -1 : 1;
  return indexes.sort((a, b) => sign * compare(values[a]!, values[b]!) || a - b);
}

function timeOf({ startedAt, endedAt }: AttemptRecord, now: number): number {
  return (endedAt ?? now) - startedAt;
}

function causeOf({ cause }: AttemptRecord): string {
  return cause ? causeText(cause) : "";
}

/** Returns the items that an attempt has done: all of them if it ended well, whatever it reported. */
export function progressOf(attempt: AttemptRecord): number {
  return ATTEMPT_TRAITS[attempt.status].end === "done" ? sizeOf(attempt) : attempt.progress;
}

/** Returns the number of an attempt's items. */
export function sizeOf({ startIndex, endIndex }: AttemptRecord): number {
  return endIndex - startIndex;
}

/** Returns -1, 0 or 1. */
function compare(a: number | string, b: number | string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
