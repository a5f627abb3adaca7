/**
 * Splits of a job's items into ranges, and of a range into parts.
 *
 * @module
 */
import type { Count } from "./numbers.ts";
import type { DoneStatus } from "./statuses.ts";

/** A run of items, `startIndex` included and `endIndex` not. */
export interface ItemRange {
  /** Number of the range, 0-based. */
  readonly index: number;
  /** First item. */
  readonly startIndex: number;
  /** The item after the last one. */
  readonly endIndex: number;
}

/** A range that is not done, with the result of earlier attempts. */
export interface OutstandingRange extends ItemRange {
  /** The first item that is not safely done. */
  readonly nextIndex: number;
  /** Attempts that it had. */
  readonly attempts: number;
  /** The items themselves, in a job that is made of strings. */
  readonly items?: readonly string[];
  /** Set if it is done, in this status, and only its output is to be written from its results. */
  readonly replay?: DoneStatus;
}

/** Items of a job of numbers that are split into ranges of another chunk size. All other items are done. */
export interface Resplit {
  /** The number of the first new range, above all that were used; the others follow it. */
  readonly firstRange: Count;
  /** The items, in order. Each stretch is split on its own. */
  readonly stretches: readonly ItemStretch[];
}

/** Items that follow each other. */
export interface ItemStretch {
  /** The first item. */
  readonly startIndex: Count;
  /** The item after the last one. */
  readonly endIndex: Count;
}

/** The items of a range, with its number. */
export interface NumberedRange extends ItemStretch {
  /** The number of the range. */
  readonly range: Count;
}

/** A part of a range, with its items if they are strings. */
export type RangePart = Pick<OutstandingRange, "startIndex" | "endIndex" | "items">;

/** Returns the strings of the items `from` to `to` (not included) of a range; undefined if the job has none. */
export function sliceItems(
  { startIndex, items }: Pick<OutstandingRange, "startIndex" | "items">,
  [from, to]: readonly [from: number, to: number],
): readonly string[] | undefined {
  return items?.slice(from - startIndex, to - startIndex);
}

/** The way to split: by the number of parts or by their size. */
export type SplitOptions =
  /** At most this many ranges, whose sizes differ by one at most. */
  | { parts: number }
  /** Ranges of this many items; the last one may be shorter. */
  | { chunkSize: number };

/** Returns the number of ranges that {@linkcode splitRanges} yields; no range is empty. */
export function countRanges(totalItems: number, options: SplitOptions): number {
  return "parts" in options
    ? Math.min(options.parts, totalItems)
    : Math.ceil(totalItems / options.chunkSize);
}

/**
 * Yields contiguous ranges that hold every item of `totalItems` exactly once, in order.
 *
 * @example
 * ```ts
 * import { splitRanges } from "./ranges.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const sizes = Array.from(splitRanges(10, { parts: 4 }), (r) => r.endIndex - r.startIndex);
 * assertEquals(sizes, [3, 3, 2, 2]);
 * ```
 */
export function* splitRanges(totalItems: number, options: SplitOptions): Generator<ItemRange> {
  const count = countRanges(totalItems, options);
  for (let index = 0; index < count; index++) yield rangeAt(index, { totalItems, ...options });
}

/** Returns one of the ranges that {@linkcode splitRanges} yields, by its number. */
export function rangeAt(
  index: number,
  options: SplitOptions & { totalItems: number },
): ItemRange {
  const { totalItems } = options;
  if ("chunkSize" in options) {
    const startIndex = index * options.chunkSize;
    return { index, startIndex, endIndex: Math.min(startIndex + options.chunkSize, totalItems) };
  }
  const count = countRanges(totalItems, options);
  const [size, larger] = [Math.floor(totalItems / count), totalItems % count];
  const startIndex = index * size + Math.min(index, larger);
  return { index, startIndex, endIndex: startIndex + size + (index < larger ? 1 : 0) };
}

/** The two results of a split: the range as it is kept, and the parts for new ranges. */
export interface RangeSplit {
  readonly kept: OutstandingRange;
  readonly parts: readonly RangePart[];
}

/**
 * Splits a range around an item. The range keeps that item, and those before it if they are all safely done: if `nextIndex`
 * is the item. The other items from `nextIndex` on become parts.
 */
export function splitAround(
  range: OutstandingRange,
  { item, nextIndex }: { item: number; nextIndex: number },
): RangeSplit {
  const { startIndex, endIndex } = range;
  const part = (from: number, to: number): RangePart => ({
    startIndex: from,
    endIndex: to,
    items: sliceItems(range, [from, to]),
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
