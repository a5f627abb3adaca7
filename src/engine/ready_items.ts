/**
 * Items and ranges of strings that are read and that no worker has taken yet.
 *
 * @module
 */
import type { OutstandingRange } from "../model/ranges.ts";

/** Items in a row of which ranges are made when workers take them. */
class Stretch {
  startIndex: number;
  readonly #items: string[] = [];
  /** The number of items at the front that are gone. */
  #gone = 0;

  constructor(startIndex: number) {
    this.startIndex = startIndex;
  }

  get length(): number {
    return this.#items.length - this.#gone;
  }

  add(item: string): void {
    this.#items.push(item);
  }

  at(index: number): string {
    return this.#items[this.#gone + index]!;
  }

  /** Takes items off the front. */
  take(count: number): string[] {
    const items = this.#items.slice(this.#gone, this.#gone + count);
    this.#gone += items.length;
    this.startIndex += items.length;
    // A stretch that grows while it is taken keeps no more than it has.
    if (this.#gone > this.length) {
      this.#items.splice(0, this.#gone);
      this.#gone = 0;
    }
    return items;
  }
}

/** A part of a stretch, which is to become a range. */
export interface TakenItems {
  readonly startIndex: number;
  readonly items: readonly string[];
  /** Whether the stretch has more. */
  readonly hasMore: boolean;
}

/** Chooses how many of the first items of a stretch are taken. `at` returns an item of the stretch. */
export type ChooseCount = (length: number, at: (index: number) => string) => number;

/** Queue of ranges, and of stretches of items that are no ranges yet. Knows how much memory they take. */
export class ReadyItems {
  readonly #queue: (OutstandingRange | Stretch)[] = [];
  /** The stretch that grows, if there is one: the last in the queue. */
  #open: Stretch | undefined;
  #items = 0;
  #characters = 0;

  /** The number of items. */
  get items(): number {
    return this.#items;
  }

  /** The number of their characters. */
  get characters(): number {
    return this.#characters;
  }

  /** Whether the next range is one whose output is to be written, and nothing else is to be done. */
  get isReplayNext(): boolean {
    const [first] = this.#queue;
    return first !== undefined && !(first instanceof Stretch) && first.replay !== undefined;
  }

  /** Adds a range at the end. */
  push(range: OutstandingRange): void {
    this.close();
    this.#queue.push(range);
    this.#count(range.items!, 1);
  }

  /** Adds ranges at the front. */
  unshift(ranges: readonly OutstandingRange[]): void {
    this.#queue.unshift(...ranges);
    for (const { items = [] } of ranges) this.#count(items, 1);
  }

  /** Adds an item to the stretch at the end. Returns whether it begins a new one. */
  append(item: string, index: number): boolean {
    const isNew = this.#open === undefined;
    if (isNew) this.#queue.push(this.#open = new Stretch(index));
    this.#open!.add(item);
    this.#count([item], 1);
    return isNew;
  }

  /** Ends the stretch at the end, if there is one: the next item begins another one. */
  close(): void {
    this.#open = undefined;
  }

  /** Takes the first range, or some items of the first stretch; undefined if there is nothing. */
  shift(choose: ChooseCount): OutstandingRange | TakenItems | undefined {
    const [first] = this.#queue;
    if (first === undefined) return undefined;
    if (!(first instanceof Stretch)) {
      this.#queue.shift();
      this.#count(first.items!, -1);
      return first;
    }
    const { startIndex } = first;
    const items = first.take(choose(first.length, (index) => first.at(index)));
    this.#count(items, -1);
    const hasMore = first.length > 0;
    if (!hasMore) {
      this.#queue.shift();
      if (first === this.#open) this.close();
    }
    return { startIndex, items, hasMore };
  }

  #count(items: readonly string[], sign: 1 | -1): void {
    this.#items += sign * items.length;
    for (const { length } of items) this.#characters += sign * length;
  }
}
