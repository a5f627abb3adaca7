/**
 * A history on its way to a page: the whole of it at first, then what has changed. A page is handed the functions of this
 * module as they stand, see `page/script.ts`; they use nothing but each other.
 *
 * @module
 */
import type { AttemptRecord, FailureGroup, RunFacts, RunHistory, Sample } from "./history.ts";

/** What has changed of a history. Says what is, not what to add: to apply it twice, or out of turn, does no harm. */
export interface HistoryChanges {
  readonly facts: RunFacts;
  readonly attempts: readonly (readonly [place: number, record: AttemptRecord])[];
  readonly failures: readonly (readonly [place: number, group: FailureGroup])[];
  /** What stands from a place to the end. */
  readonly samples: { readonly from: number; readonly points: readonly Sample[] };
}

/** Changes, with attempts as rows of values: a third of the size. */
export interface WireChanges extends Omit<HistoryChanges, "attempts"> {
  readonly attempts: readonly (readonly [place: number, row: readonly unknown[]])[];
}

/** The columns of a row. The last ones are absent in most attempts, and not written then. */
export const COLUMNS = [
  "session",
  "worker",
  "range",
  "attempt",
  "startIndex",
  "endIndex",
  "startedAt",
  "status",
  "progress",
  "endedAt",
  "rangeStatus",
  "reason",
  "item",
  "node",
] as const satisfies (keyof AttemptRecord)[];

/** The whole of a history, as changes of an empty one. */
export function asChanges(history: RunHistory): HistoryChanges {
  const { attempts, failures, samples, ...facts } = history;
  return {
    facts,
    attempts: attempts.map((record, place) => [place, record]),
    failures: failures.map((group, place) => [place, group]),
    samples: { from: 0, points: samples },
  };
}

/** Changes as JSON that can stand in a script element and in a line. */
export function encodeChanges(changes: HistoryChanges): string {
  const wire: WireChanges = {
    ...changes,
    attempts: changes.attempts.map(([place, record]) => [place, encodeRecord(record)]),
  };
  return JSON.stringify(wire).replaceAll("<", "\\u003c");
}

/** Reads what {@linkcode encodeChanges} wrote. */
export function decodeChanges(json: string): HistoryChanges {
  const wire: WireChanges = JSON.parse(json);
  return {
    ...wire,
    attempts: wire.attempts.map(([place, row]) => [place, decodeRecord(row)]),
  };
}

/** A history with changes, which takes the lists of the one before over. */
export function applyChanges(
  before: RunHistory | undefined,
  { facts, attempts, failures, samples }: HistoryChanges,
): RunHistory {
  const next = {
    ...facts,
    attempts: (before?.attempts ?? []) as AttemptRecord[],
    failures: (before?.failures ?? []) as FailureGroup[],
    samples: [...(before?.samples.slice(0, samples.from) ?? []), ...samples.points],
  };
  for (const [place, record] of attempts) next.attempts[place] = record;
  for (const [place, group] of failures) next.failures[place] = group;
  return next;
}

/** An attempt as a row. */
export function encodeRecord(record: AttemptRecord): unknown[] {
  const row = COLUMNS.map((column) => {
    const value = record[column];
    return typeof value === "number" ? Math.round(value) : value ?? null;
  });
  while (row.at(-1) === null) row.pop();
  return row;
}

/** Reads what {@linkcode encodeRecord} wrote. */
export function decodeRecord(row: readonly unknown[]): AttemptRecord {
  const entries = COLUMNS.map((column, index) => [column, row[index] ?? undefined]);
  return Object.fromEntries(entries);
}
