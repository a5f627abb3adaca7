/**
 * Ranges of about a given time: how many items they have follows from how long others took.
 *
 * @module
 */
import type { EventBody } from "../model/event_body.ts";
import { type OutstandingRange, type RangePart, sliceItems } from "../model/ranges.ts";
import type { RangeSource } from "./range_source.ts";

/** Weight of the last range in the mean time of an item. */
const WEIGHT = 0.3;
/** How much larger a range may be than those before, as the time that they took tells little of it. */
const MAX_GROWTH = 4;
/** A range that is larger by this factor at most is not cut: what would be left is too small. */
const MAX_EXCESS = 1.5;

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

/** Cuts ranges when a worker takes them. What is left of a range comes next. */
export class TimedRanges implements RangeSource {
  readonly #source: RangeSource;
  readonly #options: TimedRangesOptions;
  /** Resolves when the range that was asked for last is cut: what is left of it comes next. */
  #last: Promise<unknown> = Promise.resolve();
  /** How many have asked for a range that is not cut yet. */
  #asking = 0;

  /** @param source The source of ranges that are large enough. The owner of both disposes of it. */
  constructor(source: RangeSource, options: TimedRangesOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** See {@linkcode RangeSource.next}. */
  async next(signal: AbortSignal, worker: number): Promise<OutstandingRange | undefined> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    this.#asking++;
    try {
      await before;
      return this.#cut(await this.#source.next(signal, worker), worker);
    } finally {
      this.#asking--;
      resolve();
    }
  }

  /** See {@linkcode RangeSource.takeNow}. */
  takeNow(worker: number): OutstandingRange | undefined {
    return this.#asking > 0 ? undefined : this.#cut(this.#source.takeNow(worker), worker);
  }

  /** See {@linkcode RangeSource.giveBack}. */
  giveBack(ranges: readonly OutstandingRange[]): void {
    this.#source.giveBack(ranges);
  }

  /** See {@linkcode RangeSource.add}. */
  add(parts: readonly RangePart[]): readonly OutstandingRange[] {
    return this.#source.add(parts);
  }

  /** Disposes of the source that it cuts. */
  [Symbol.dispose](): void {
    this.#source[Symbol.dispose]();
  }

  #cut(range: OutstandingRange | undefined, worker: number): OutstandingRange | undefined {
    // One that was begun in an earlier run has checkpoints and attempts that belong to all of it.
    if (range === undefined || range.replay !== undefined || range.attempts > 0) return range;
    const { index, startIndex } = range;
    const { sizer: { size }, publish } = this.#options;
    if (range.endIndex - startIndex <= MAX_EXCESS * size) return range;
    const endIndex = startIndex + size;
    const rest = { startIndex: endIndex, endIndex: range.endIndex };
    const items = sliceItems(range, [rest.startIndex, rest.endIndex]);
    const into = this.#source.add([{ ...rest, items }])
      .map(({ index: range, startIndex, endIndex }) => ({ range, startIndex, endIndex }));
    const cut = { worker, range: index, attempt: 1, startIndex, endIndex, isCut: true, into };
    publish({ kind: "range-split", ...cut });
    return { ...range, endIndex, items: sliceItems(range, [startIndex, endIndex]) };
  }
}
