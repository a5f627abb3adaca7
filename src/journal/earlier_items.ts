/**
 * Items that the journal of a job knows, as earlier runs have done or begun them.
 *
 * @module
 */
import type { ItemStretch, OutstandingRange } from "../model/ranges.ts";
import type { ExtraData } from "../model/types.ts";
import type { RangeLayout } from "./range_layout.ts";
import type { DoneItems } from "./done_items.ts";

/** The place of a string whose place in the present run is not known. */
const NO_PLACE = { range: -1, startIndex: -1, endIndex: 0 };

/** Tells which items are known, and which ranges were begun. */
export class EarlierItems {
  readonly #strings: DoneItems;
  readonly #layout: RangeLayout | undefined;
  readonly #ranges: readonly Iterable<number>[];

  /** `layout` and `ranges`, which are done or had an attempt, are those of a job of numbers. */
  constructor(
    strings: DoneItems,
    layout: RangeLayout | undefined,
    ranges: readonly Iterable<number>[],
  ) {
    this.#strings = strings;
    this.#layout = layout;
    this.#ranges = ranges;
  }

  /** Returns whether an earlier run has begun a range, and has not done it: what is there may be half of it. */
  wasBegun(range: OutstandingRange): boolean {
    const { attempts, items } = range;
    if (attempts > 0) return true;
    if (items !== undefined) return items.some((item) => this.#strings.wasBegun(item));
    return this.#layout?.wasBegun(range) === true;
  }

  /** Yields the items that are done or begun, each on its own; once, before any of them is claimed. */
  *known(): Generator<ExtraData> {
    for (const item of this.#strings.known()) yield { ...NO_PLACE, items: [item] };
    for (const { startIndex, endIndex } of this.#stretches()) {
      for (let at = startIndex; at < endIndex; at++) {
        yield { ...NO_PLACE, startIndex: at, endIndex: at + 1 };
      }
    }
  }

  *#stretches(): Generator<ItemStretch> {
    const layout = this.#layout;
    if (layout === undefined) return;
    for (const ranges of this.#ranges) {
      for (const index of ranges) yield layout.at(index);
    }
    yield* layout.begun;
  }
}
