/**
 * Ranges of about a given time: how many items they have follows from how long others took. Ranges of strings are made by
 * `item_ranges.ts`.
 *
 * @module
 */
import type { EventBody } from "../model/event_body.ts";
import type { OutstandingRange, RangePart } from "../model/ranges.ts";
import type { KnownRanges, RangeSource } from "./range_source.ts";

/** Weight of the last range in the mean time of an item. */
const WEIGHT = 0.3;
/** How much larger a range may be than those before, as the time that they took tells little of it. */
const MAX_GROWTH = 4;
/** A range that is larger by this factor at most is not cut: what would be left is too small. */
export const MAX_EXCESS = 1.5;

/** Chooses the number of items in ranges that are to take a given time. */
export class RangeSizer {
  readonly #targetMs: number;
  #itemMs: number | undefined;
  /** The most items that a range had. */
  #largest = 0;

  /** @param targetMs The time that a range is to take, in milliseconds. */
  constructor(targetMs: number) {
    this.#targetMs = targetMs;
  }

  /** The number of items that the next range is to have: one, as long as nothing is known. */
  get size(): number {
    if (this.#itemMs === undefined) return 1;
    const wanted = Math.round(this.#targetMs / this.#itemMs);
    return Math.max(1, Math.min(wanted, MAX_GROWTH * this.#largest));
  }

  /** Takes notice of a range that ended well, and of the milliseconds that it took. */
  add({ items, elapsed }: { items: number; elapsed: number }): void {
    const itemMs = elapsed / items;
    this.#itemMs = this.#itemMs === undefined
      ? itemMs
      : this.#itemMs + WEIGHT * (itemMs - this.#itemMs);
    this.#largest = Math.max(this.#largest, items);
  }
}

/** Options of {@linkcode TimedRanges}. */
export interface TimedRangesOptions {
  readonly sizer: RangeSizer;
  readonly publish: (event: EventBody) => void;
}

/** Cuts ranges of numbers when a worker takes them. What is left of a range comes next. */
export class TimedRanges implements RangeSource {
  readonly #source: KnownRanges;
  readonly #options: TimedRangesOptions;

  /** @param source The source of ranges that are large enough. */
  constructor(source: KnownRanges, options: TimedRangesOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** See {@linkcode RangeSource.next}. */
  next(): OutstandingRange | undefined {
    return this.#cut(this.#source.next());
  }

  /** See {@linkcode RangeSource.takeNow}. */
  takeNow(): OutstandingRange | undefined {
    return this.#cut(this.#source.takeNow());
  }

  /** See {@linkcode RangeSource.giveBack}. */
  giveBack(ranges: readonly OutstandingRange[]): void {
    this.#source.giveBack(ranges);
  }

  /** See {@linkcode RangeSource.add}. */
  add(parts: readonly RangePart[]): readonly OutstandingRange[] {
    return this.#source.add(parts);
  }

  /** Does nothing: the ranges hold no resource. */
  [Symbol.dispose](): void {}

  #cut(range: OutstandingRange | undefined): OutstandingRange | undefined {
    // One that was begun in an earlier run has checkpoints and attempts that belong to all of it.
    if (range === undefined || range.replay !== undefined || range.attempts > 0) return range;
    const { index, startIndex } = range;
    const { sizer: { size }, publish } = this.#options;
    if (range.endIndex - startIndex <= MAX_EXCESS * size) return range;
    const endIndex = startIndex + size;
    const [left] = this.#source.add([{ startIndex: endIndex, endIndex: range.endIndex }]);
    const rest = { rest: left!.index, restEnd: range.endIndex };
    publish({ kind: "range-cut", range: index, startIndex, endIndex, ...rest });
    return { ...range, endIndex };
  }
}
