/**
 * Layout of a job of numbers: the ranges that its items are split into, through splits around an item and new chunk sizes.
 *
 * @module
 */
import {
  countRanges,
  type ItemRange,
  type ItemStretch,
  rangeAt,
  type Resplit,
  type SplitOptions,
} from "../model/ranges.ts";
import { ConfigError } from "../model/value_types.ts";

/** A job of numbers, and how it is split at first. */
export interface LayoutOptions {
  readonly totalItems: number;
  /** The number of ranges. */
  readonly ranges: number;
  /** Items per range; absent if the sizes of the ranges differ by one at most. */
  readonly chunkSize?: number;
}

/** Ranges that were made together: those of a new job, or those of a new chunk size. */
interface Generation {
  readonly split: SplitOptions;
  /** Their items in order, each stretch with the number of its first range. */
  readonly stretches: readonly (ItemStretch & { readonly firstRange: number })[];
  /** The number of the first range. */
  readonly first: number;
  /** The number after that of the last one. */
  readonly end: number;
}

/** Knows the ranges of a job by their numbers. No number ever stands for two ranges. */
export class RangeLayout {
  readonly #totalItems: number;
  readonly #generations: Generation[];
  /** Ranges that were split around an item, as they are since, and the ranges that this made. */
  readonly #parts = new Map<number, ItemRange>();
  /** The numbers of the ranges that splits around an item made since the last generation began. */
  #added: number[] = [];
  /** The items around which ranges were split. */
  readonly #isolated = new Set<number>();
  /** Ranges of earlier generations that were done when the last one began. */
  #survivors: ReadonlySet<number> = new Set();
  /** Ranges that were begun, and are others since. */
  #begun: ItemStretch[] = [];
  /** Whether these are in order, and joined. */
  #isBegunJoined = true;
  #nextRange: number;

  /** Creates the layout of a new job. */
  constructor({ totalItems, ranges, chunkSize }: LayoutOptions) {
    this.#totalItems = totalItems;
    const split = chunkSize === undefined ? { parts: ranges } : { chunkSize };
    const stretches = totalItems === 0 ? [] : [{ startIndex: 0, endIndex: totalItems }];
    this.#generations = [makeGeneration(stretches, { split, first: 0 })];
    this.#nextRange = this.#last.end;
  }

  /** Items per range; undefined if the sizes of the ranges differ by one at most. */
  get chunkSize(): number | undefined {
    const { split } = this.#last;
    return "chunkSize" in split ? split.chunkSize : undefined;
  }

  /** The number of ranges, without those that splits around an item made. */
  get ranges(): number {
    return this.#survivors.size + this.#last.end - this.#last.first;
  }

  /** The number of ranges that splits around an item made. */
  get addedRanges(): number {
    return this.#added.length;
  }

  /** A range number above all that were used. */
  get nextRange(): number {
    return this.#nextRange;
  }

  /** Ranges that are older than the last chunk size, and were done then. */
  get survivors(): ReadonlySet<number> {
    return this.#survivors;
  }

  /** Items that were begun as parts of ranges which are others since, in order. Some of them may be done. */
  get begun(): readonly ItemStretch[] {
    if (!this.#isBegunJoined) this.#begun = joinStretches(this.#begun);
    this.#isBegunJoined = true;
    return this.#begun;
  }

  /** Returns whether any item of a range that is not done was begun as a part of another range. */
  wasBegun(range: ItemStretch): boolean {
    return hasItemsOf(this.begun, range);
  }

  /** Returns whether a number is that of a range. Ranges whose items were split anew are none any more. */
  has(index: number): boolean {
    const { first, end } = this.#last;
    if (index < first) return this.#survivors.has(index);
    return index < end || this.#parts.has(index);
  }

  /** Returns how many items some ranges have. */
  countItems(ranges: Iterable<number>): number {
    let items = 0;
    for (const index of ranges) items += sizeOf(this.at(index));
    return items;
  }

  /** Returns the range of a number. */
  at(index: number): ItemRange {
    const generation = this.#generations.findLast(({ first }) => first <= index)!;
    return this.#parts.get(index) ?? rangeIn(generation, index);
  }

  /** Yields the ranges of the last chunk size, and those that splits made of them, in the order of their items. */
  *latest(): Generator<ItemRange> {
    const added = this.#added.map((index) => this.at(index))
      .sort((a, b) => a.startIndex - b.startIndex);
    const { first, end } = this.#last;
    let next = 0;
    for (let index = first; index < end; index++) {
      const range = this.at(index);
      while ((added[next]?.startIndex ?? Infinity) < range.startIndex) yield added[next++]!;
      yield range;
    }
    yield* added.slice(next);
  }

  /**
   * Splits a range around the last item of `kept`, which stays alone from then on. Returns false if the parts are not in it, or
   * have old numbers.
   */
  split(kept: ItemRange, into: readonly ItemRange[]): boolean {
    const whole = this.has(kept.index) ? this.at(kept.index) : undefined;
    if (whole === undefined || !this.cut(kept, into)) return false;
    this.#isolated.add(kept.endIndex - 1);
    this.#addBegun(whole);
    return true;
  }

  /** Cuts a range into parts. Returns false if they are not in it, or have old numbers. */
  cut(kept: ItemRange, into: readonly ItemRange[]): boolean {
    if (!this.has(kept.index)) return false;
    const whole = this.at(kept.index);
    const isWithin = ({ startIndex, endIndex }: ItemRange) =>
      startIndex >= whole.startIndex && startIndex < endIndex && endIndex <= whole.endIndex;
    const numbers = [this.#nextRange - 1, ...into.map(({ index }) => index)];
    const areNew = numbers.every((index, at) => at === 0 || index > numbers[at - 1]!);
    if (!areNew || ![kept, ...into].every(isWithin)) return false;
    for (const part of [kept, ...into]) this.#parts.set(part.index, part);
    this.#added.push(...into.map(({ index }) => index));
    this.#nextRange = numbers.at(-1)! + 1;
    return true;
  }

  /** Returns whether a chunk size is another one than that of the ranges. */
  differs(chunkSize: number): boolean {
    const { split } = this.#last;
    if ("chunkSize" in split) return split.chunkSize !== chunkSize;
    const count = countRanges(this.#totalItems, split);
    const isOfAll = count === 1 && chunkSize >= this.#totalItems;
    return count > 0 && !isOfAll && this.#totalItems !== count * chunkSize;
  }

  /** Joins stretches that border on each other. An item around which a range was split stays alone. */
  join(stretches: Iterable<ItemStretch>): ItemStretch[] {
    const isolated = Array.from(this.#isolated).sort((a, b) => a - b);
    let next = 0;
    const parts: ItemStretch[] = [];
    for (const { startIndex, endIndex } of joinStretches(stretches)) {
      let from = startIndex;
      while (next < isolated.length && isolated[next]! < startIndex) next++;
      for (; next < isolated.length && isolated[next]! < endIndex; next++) {
        const item = isolated[next]!;
        if (from < item) parts.push({ startIndex: from, endIndex: item });
        parts.push({ startIndex: item, endIndex: item + 1 });
        from = item + 1;
      }
      if (from < endIndex) parts.push({ startIndex: from, endIndex });
    }
    return parts;
  }

  /** Returns whether stretches of items can be split anew: they are in order, and get new numbers. */
  canResplit({ firstRange, stretches }: Resplit): boolean {
    const areInOrder = stretches.every(({ startIndex, endIndex }, at) =>
      startIndex < endIndex && startIndex >= (stretches[at - 1]?.endIndex ?? 0)
    );
    const { endIndex: end = 0 } = stretches.at(-1) ?? {};
    return areInOrder && end <= this.#totalItems && firstRange >= this.#nextRange;
  }

  /**
   * Splits stretches of items into ranges of another chunk size. All items that are in none of them must be done. `done` and
   * `begun` are ranges that are done, or had an attempt.
   */
  resplit(
    { firstRange, stretches }: Resplit,
    { chunkSize, done, begun }: {
      chunkSize: number;
      done: Iterable<number>;
      begun: Iterable<number>;
    },
  ): void {
    for (const index of begun) this.#addBegun(this.at(index));
    this.#survivors = new Set(done);
    this.#added = [];
    this.#generations.push(makeGeneration(stretches, { split: { chunkSize }, first: firstRange }));
    this.#nextRange = this.#last.end;
  }

  #addBegun({ startIndex, endIndex }: ItemRange): void {
    this.#begun.push({ startIndex, endIndex });
    this.#isBegunJoined = false;
  }

  get #last(): Generation {
    return this.#generations.at(-1)!;
  }
}

/** Joins stretches of items that border on each other, or have items in common, and sorts them. */
function joinStretches(stretches: Iterable<ItemStretch>): ItemStretch[] {
  const sorted = Array.from(stretches).sort((a, b) => a.startIndex - b.startIndex);
  const parts: { startIndex: number; endIndex: number }[] = [];
  for (const { startIndex, endIndex } of sorted) {
    const last = parts.at(-1);
    if (last !== undefined && startIndex <= last.endIndex) {
      last.endIndex = Math.max(last.endIndex, endIndex);
    } else parts.push({ startIndex, endIndex });
  }
  return parts;
}

/** Returns whether two lists of stretches have the same items. */
export function haveSameItems(a: Iterable<ItemStretch>, b: Iterable<ItemStretch>): boolean {
  return JSON.stringify(joinStretches(a)) === JSON.stringify(joinStretches(b));
}

/** Returns the number of items in a stretch. */
export function sizeOf({ startIndex, endIndex }: ItemStretch): number {
  return endIndex - startIndex;
}

/** Returns whether stretches, which are in order, have any of the items of another one. */
export function hasItemsOf(
  stretches: readonly ItemStretch[],
  { startIndex, endIndex }: ItemStretch,
): boolean {
  let [low, high] = [0, stretches.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (stretches[middle]!.endIndex > startIndex) high = middle;
    else low = middle + 1;
  }
  return (stretches[low]?.startIndex ?? Infinity) < endIndex;
}

function makeGeneration(
  stretches: readonly ItemStretch[],
  { split, first }: { split: SplitOptions; first: number },
): Generation {
  let end = first;
  const numbered = stretches.map(({ startIndex, endIndex }) => {
    const firstRange = end;
    end += countRanges(endIndex - startIndex, split);
    return { startIndex, endIndex, firstRange };
  });
  return { split, stretches: numbered, first, end };
}

/** Finds a range of a generation by its number. */
function rangeIn({ split, stretches }: Generation, index: number): ItemRange {
  let [low, high] = [0, stretches.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (stretches[middle]!.firstRange <= index) low = middle;
    else high = middle - 1;
  }
  const { startIndex: offset, endIndex, firstRange } = stretches[low]!;
  const range = rangeAt(index - firstRange, { totalItems: endIndex - offset, ...split });
  return { index, startIndex: range.startIndex + offset, endIndex: range.endIndex + offset };
}

/** More stretches of items would make an event that is too long for its line. */
const MAX_STRETCHES = 500_000;

/**
 * Checks what is to be split anew.
 *
 * @throws {ConfigError} If it is in too many pieces.
 */
export function checkResplit(stretches: readonly ItemStretch[], chunkSize: number): void {
  if (stretches.length <= MAX_STRETCHES) return;
  const wanted = `that of the runs before, as what is not done is in ${stretches.length} pieces`;
  throw new ConfigError("chunkSize", { wanted, value: chunkSize });
}
