/**
 * Where a run takes its ranges from.
 *
 * @module
 */
import type { OutstandingRange, RangePart } from "../model/ranges.ts";

/** Gives each range once, to whichever worker asks first. */
export interface RangeSource extends Disposable {
  /** The next range; nothing when there are no more, or as soon as `signal` is aborted. */
  next(signal: AbortSignal): OutstandingRange | undefined | Promise<OutstandingRange | undefined>;
  /** Makes ranges of parts of one that it gave, to be given next. */
  add(parts: readonly RangePart[]): readonly OutstandingRange[];
}

/** Makes ranges of parts, numbered from `index` on. */
export function numberParts(parts: readonly RangePart[], index: number): OutstandingRange[] {
  return parts.map((part, place) => ({
    ...part,
    index: index + place,
    nextIndex: part.startIndex,
    attempts: 0,
  }));
}

/** Ranges that are all known. */
export class KnownRanges implements RangeSource {
  readonly #ranges: Iterator<OutstandingRange>;
  readonly #added: OutstandingRange[] = [];
  #count: number;

  /**
   * @param ranges Those that are to be done.
   * @param count How many there are, done or not.
   */
  constructor(ranges: Iterable<OutstandingRange>, count: number) {
    this.#ranges = ranges[Symbol.iterator]();
    this.#count = count;
  }

  /** See {@linkcode RangeSource.next}. */
  next(): OutstandingRange | undefined {
    const added = this.#added.shift();
    if (added !== undefined) return added;
    const { done, value } = this.#ranges.next();
    return done ? undefined : value;
  }

  /** See {@linkcode RangeSource.add}. */
  add(parts: readonly RangePart[]): readonly OutstandingRange[] {
    const ranges = numberParts(parts, this.#count);
    this.#count += ranges.length;
    this.#added.push(...ranges);
    return ranges;
  }

  /** Holds nothing. */
  [Symbol.dispose](): void {}
}
