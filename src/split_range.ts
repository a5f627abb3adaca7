/**
 * A range without one of its items.
 *
 * @module
 */
import type { RangePart } from "./range_source.ts";
import { itemsOf, type OutstandingRange } from "./ranges.ts";

/** What is left of a range, and what others are to do. */
export interface RangeSplit {
  readonly kept: OutstandingRange;
  readonly parts: readonly RangePart[];
}

/** Leaves an item in its range, with those before it that are safely done, up to `nextIndex`; all others are parts. */
export function splitAround(
  range: OutstandingRange,
  { item, nextIndex }: { item: number; nextIndex: number },
): RangeSplit {
  const { startIndex, endIndex } = range;
  const part = (from: number, to: number): RangePart => ({
    startIndex: from,
    endIndex: to,
    items: itemsOf(range, [from, to]),
  });
  const kept = part(nextIndex === item ? startIndex : item, item + 1);
  return {
    kept: { ...range, ...kept, nextIndex: item },
    parts: [
      ...(nextIndex < item ? [part(nextIndex, item)] : []),
      ...(item + 1 < endIndex ? [part(item + 1, endIndex)] : []),
    ],
  };
}
