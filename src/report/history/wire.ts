/**
 * Transfer of a history to a page: encoding and decoding of the whole history, and of changes. Executor and page share this module.
 *
 * @module
 */
import type { AttemptRecord, FailureGroup, RunFacts, RunHistory, Sample } from "./history.ts";

/** Changes of a history. They hold values, not differences: applying them twice, or in another order, does no harm. */
export interface HistoryChanges {
  readonly facts: RunFacts;
  readonly attempts: readonly (readonly [index: number, record: AttemptRecord])[];
  /** Groups, each with its attempts from an index on. */
  readonly failures: readonly (readonly [index: number, group: FailureGroup, from: number])[];
  /** The samples from an index to the end. */
  readonly samples: { readonly from: number; readonly points: readonly Sample[] };
}

/** Changes with attempts as rows of values, which need a third of the size. */
interface WireChanges extends Omit<HistoryChanges, "attempts"> {
  readonly attempts: readonly (readonly [index: number, row: readonly unknown[]])[];
}

/** The columns of a row. The last ones are often absent, and then not written. */
const COLUMNS = [
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
  "cause",
  "item",
  "node",
  "message",
  "settled",
  "process",
  "readyAt",
  "cpuMs",
  "peakRss",
] as const satisfies (keyof AttemptRecord)[];

/** Returns a whole history as changes of an empty one. */
export function asChanges(history: RunHistory): HistoryChanges {
  const { attempts, failures, samples, ...facts } = history;
  return {
    facts,
    attempts: attempts.map((record, index) => [index, record]),
    failures: failures.map((group, index) => [index, group, 0]),
    samples: { from: 0, points: samples },
  };
}

/** Encodes changes as one line of JSON that is safe in a script element. */
export function encodeChanges(changes: HistoryChanges): string {
  const wire: WireChanges = {
    ...changes,
    attempts: changes.attempts.map(([index, record]) => [index, encodeRecord(record)]),
  };
  return JSON.stringify(wire).replaceAll("<", "\\u003c");
}

/** Decodes the output of {@linkcode encodeChanges}. */
export function decodeChanges(json: string): HistoryChanges {
  const wire: WireChanges = JSON.parse(json);
  return {
    ...wire,
    attempts: wire.attempts.map(([index, row]) => [index, decodeRecord(row)]),
  };
}

/** Applies changes to a history, whose lists are reused. */
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
  for (const [index, record] of attempts) next.attempts[index] = record;
  for (const [index, group, from] of failures) {
    const known = next.failures[index]?.attempts.slice(0, from) ?? [];
    next.failures[index] = { ...group, attempts: [...known, ...group.attempts] };
  }
  return next;
}

/** Encodes an attempt as a row. */
function encodeRecord(record: AttemptRecord): unknown[] {
  const row = COLUMNS.map((column) => {
    const value = record[column];
    return typeof value === "number" ? Math.round(value) : value ?? null;
  });
  while (row.at(-1) === null) row.pop();
  return row;
}

/** Decodes a row. */
function decodeRecord(row: readonly unknown[]): AttemptRecord {
  const entries = COLUMNS.map((column, position) => [column, row[position] ?? undefined]);
  return Object.fromEntries(entries);
}
