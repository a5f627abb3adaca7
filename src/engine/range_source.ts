/**
 * Source of the ranges of a run, and the one for jobs whose ranges are all known.
 *
 * @module
 */
import type { OutstandingRange, RangePart } from "../model/ranges.ts";

/** Gives each range once, to the worker that asks first. */
export interface RangeSource extends Disposable {
  /** Returns the next range, or `undefined` if there are no more or `signal` is aborted. */
  next(signal: AbortSignal): OutstandingRange | undefined | Promise<OutstandingRange | undefined>;
  /** Returns the next range if there is one now whose items are to be done. */
  takeNow(): OutstandingRange | undefined;
  /** Takes ranges back that were not begun. They come next. */
  giveBack(ranges: readonly OutstandingRange[]): void;
  /** Makes ranges of parts of a range that the source gave. They come next. */
  add(parts: readonly RangePart[]): readonly OutstandingRange[];
  /** About how many ranges will be made of known items, beside those that events have told of; none if left out. */
  readonly unmade?: number;
}

/** Makes ranges of parts and numbers them from `firstIndex` on. */
export function numberParts(parts: readonly RangePart[], firstIndex: number): OutstandingRange[] {
  return parts.map((part, offset) => ({
    ...part,
    index: firstIndex + offset,
    nextIndex: part.startIndex,
    attempts: 0,
  }));
}

/** Gives ranges that are known from the start. */
export class KnownRanges implements RangeSource {
  readonly #ranges: Iterator<OutstandingRange>;
  readonly #added: OutstandingRange[] = [];
  readonly #onTaken: (range: OutstandingRange) => void;
  #nextRange: number;

  /**
   * @param ranges The ranges that are not done.
   * @param nextRange A number above those of all ranges, done or not.
   * @param options `onTaken` is called with each range that is given, at once.
   */
  constructor(
    ranges: Iterable<OutstandingRange>,
    nextRange: number,
    { onTaken = () => {} }: { onTaken?: (range: OutstandingRange) => void } = {},
  ) {
    this.#onTaken = onTaken;
    this.#ranges = ranges[Symbol.iterator]();
    this.#nextRange = nextRange;
  }

  /** See {@linkcode RangeSource.next}. */
  next(): OutstandingRange | undefined {
    const range = this.#shift();
    if (range !== undefined) this.#onTaken(range);
    return range;
  }

  /** See {@linkcode RangeSource.takeNow}. */
  takeNow(): OutstandingRange | undefined {
    const range = this.#shift();
    if (range === undefined) return undefined;
    if (range.replay !== undefined) {
      this.giveBack([range]);
      return undefined;
    }
    this.#onTaken(range);
    return range;
  }

  /** See {@linkcode RangeSource.giveBack}. */
  giveBack(ranges: readonly OutstandingRange[]): void {
    this.#added.unshift(...ranges);
  }

  /** See {@linkcode RangeSource.add}. */
  add(parts: readonly RangePart[]): readonly OutstandingRange[] {
    const ranges = numberParts(parts, this.#nextRange);
    this.#nextRange += ranges.length;
    this.#added.unshift(...ranges);
    return ranges;
  }

  #shift(): OutstandingRange | undefined {
    const added = this.#added.shift();
    if (added !== undefined) return added;
    const { done, value } = this.#ranges.next();
    return done ? undefined : value;
  }

  /** Does nothing: the ranges hold no resource. */
  [Symbol.dispose](): void {}
}
