/**
 * Splits a job's items into ranges.
 *
 * @module
 */
/** A run of items, `startIndex` included and `endIndex` not. */
export interface ItemRange {
  /** Number of the range, 0-based. */
  readonly index: number;
  /** First item. */
  readonly startIndex: number;
  /** The item after the last one. */
  readonly endIndex: number;
}

/** A range that is not done, and what earlier attempts at it came to. */
export interface OutstandingRange extends ItemRange {
  /** The first item that is not safely done. */
  readonly nextIndex: number;
  /** Attempts that it had. */
  readonly attempts: number;
  /** The items themselves, in a job that is made of strings. */
  readonly items?: readonly string[];
}

/** A part of a range, with its items where they are strings. */
export type RangePart = Pick<OutstandingRange, "startIndex" | "endIndex" | "items">;

/** The items from one number to another, of a range that has them as strings; both are numbers of the job. */
export function itemsOf(
  { startIndex, items }: Pick<OutstandingRange, "startIndex" | "items">,
  [from, to]: readonly [from: number, to: number],
): readonly string[] | undefined {
  return items?.slice(from - startIndex, to - startIndex);
}

/** How to split; exactly one of the two ways. */
export type SplitOptions =
  /** At most so many ranges, their sizes differing by one at most. */
  | { parts: number }
  /** Ranges of that many items, the last one perhaps shorter. */
  | { chunkSize: number };

/** The number of ranges that {@linkcode splitRanges} yields; no range is ever empty. */
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

/** The range of that number; it is one of those that {@linkcode countRanges} counts. */
export function rangeAt(
  index: number,
  { totalItems, ...options }: SplitOptions & { totalItems: number },
): ItemRange {
  if ("chunkSize" in options) {
    const startIndex = index * options.chunkSize;
    return { index, startIndex, endIndex: Math.min(startIndex + options.chunkSize, totalItems) };
  }
  const count = countRanges(totalItems, options);
  const [size, larger] = [Math.floor(totalItems / count), totalItems % count];
  const startIndex = index * size + Math.min(index, larger);
  return { index, startIndex, endIndex: startIndex + size + (index < larger ? 1 : 0) };
}

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
