/**
 * Where a run takes its ranges from.
 *
 * @module
 */
import type { OutstandingRange } from "./ranges.ts";

/** Gives each range once, to whichever worker asks first. */
export interface RangeSource extends Disposable {
  /** The next range; nothing when there are no more, or as soon as `signal` is aborted. */
  next(signal: AbortSignal): OutstandingRange | undefined | Promise<OutstandingRange | undefined>;
}

/** Ranges that are all known. */
export class KnownRanges implements RangeSource {
  readonly #ranges: Iterator<OutstandingRange>;

  constructor(ranges: Iterable<OutstandingRange>) {
    this.#ranges = ranges[Symbol.iterator]();
  }

  /** See {@linkcode RangeSource.next}. */
  next(): OutstandingRange | undefined {
    const { done, value } = this.#ranges.next();
    return done ? undefined : value;
  }

  /** Holds nothing. */
  [Symbol.dispose](): void {}
}
