/**
 * Failures of a history: final or repaired, and the names of their ranges. Has no elements of the page.
 *
 * @module
 */
import { isDone, isFailed } from "../../../model/statuses.ts";
import type { AttemptRecord, FailureGroup, RunHistory } from "../../history/history.ts";
import { formatItems, formatRange, plural } from "../../../reporters/wording.ts";
import { itemSuffix } from "./figures.ts";

/** Ranges, attempts or files that are named for a group of equal failures. */
export const MAX_NAMED = 8;

/** The part of a group of failures that is final, or the part that was tried again. */
export interface ShownFailure {
  /** Index of the group in the history. */
  readonly index: number;
  readonly group: FailureGroup;
  /** Indexes of the attempts. */
  readonly attempts: readonly number[];
  /** The number of them whose items were done later. */
  readonly repaired: number;
}

/**
 * Splits the failures of a history into those that are open, and those whose items were tried again: by another attempt, or by
 * a later run.
 */
export function splitFailures(
  { attempts, failures }: RunHistory,
): { final: ShownFailure[]; retried: ShownFailure[] } {
  const latest = new Map<number, number>();
  for (const [index, { range }] of attempts.entries()) latest.set(range, index);
  const isFinal = (index: number) => {
    const { range, rangeStatus, settled } = attempts[index]!;
    const isLast = latest.get(range) === index && settled === undefined;
    return isLast && rangeStatus !== undefined && isFailed(rangeStatus);
  };
  const isRepaired = (index: number) => {
    // A later run may have given the items to another range.
    const { rangeStatus, settled } = attempts[latest.get(attempts[index]!.range)!]!;
    return settled === "repaired" || (rangeStatus !== undefined && isDone(rangeStatus));
  };
  const pick = (wanted: boolean) =>
    failures.map((group, index) => {
      const shown = group.attempts.filter((attempt) => isFinal(attempt) === wanted);
      return { index, group, attempts: shown, repaired: shown.filter(isRepaired).length };
    }).filter(({ attempts }) => attempts.length > 0);
  return { final: pick(true), retried: pick(false) };
}

/** Returns what tells the items of a range from those of others. */
function nameOf({ startIndex, endIndex, item = "" }: AttemptRecord): string {
  return `${startIndex} ${endIndex} ${item}`;
}

/** Names the items and numbers of some attempts: `items 10–19, 30–39 (2 ranges), attempt 1`. */
export function rangesText(indexes: readonly number[], { attempts }: RunHistory): string {
  const records = indexes.map((index) => attempts[index]!);
  // A range may have failed in the same way more than once, in a later run under another number.
  const ranges = new Map(records.map((record) => [nameOf(record), record]));
  const [first, ...others] = Array.from(ranges.values()).slice(0, MAX_NAMED);
  const names = [
    formatItems(first!.startIndex, first!.endIndex) + itemSuffix(first!),
    ...others.map((record) => formatRange(record.startIndex, record.endIndex) + itemSuffix(record)),
    ...(ranges.size > MAX_NAMED ? ["…"] : []),
  ];
  const count = ranges.size > 1 ? ` (${plural(ranges.size, "range")})` : "";
  const numbers = Array.from(new Set(records.map(({ attempt }) => attempt))).sort((a, b) => a - b);
  const noun = numbers.length === 1 ? "attempt" : "attempts";
  return `${names.join(", ")}${count}, ${noun} ${numbers.slice(0, MAX_NAMED).join(", ")}`;
}
