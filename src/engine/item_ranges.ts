/**
 * Ranges of items that come as a stream.
 *
 * @module
 */
import { unlessAborted } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import { errorMessage } from "../base/errors.ts";
import type { EventBody, Resumed } from "../model/events.ts";
import type { DoneItems } from "../journal/range_progress.ts";
import { numberParts, type RangeSource } from "./range_source.ts";
import type { OutstandingRange, RangePart } from "../model/ranges.ts";
import { INITIAL_STATE } from "../model/state.ts";
import type { DoneStatus } from "../model/statuses.ts";

/** Options of {@linkcode ItemRanges}. */
export interface ItemRangesOptions {
  /** Items of a range. */
  chunkSize: number;
  /** What earlier runs of the job have done. */
  done: DoneItems;
  /** The number of the first range: those of earlier runs are not used again, as files are named by them. */
  firstRange: number;
  /** How many items there should be, where somebody said so. */
  expected?: number;
  clock: Clock;
  publish: (event: EventBody) => void;
}

/** How many items wait for a worker at most … */
const AHEAD_ITEMS = 10_000;
/** … and how many characters of them: so the total of a short list is known at once, and memory has a bound. */
const AHEAD_CHARACTERS = 4 << 20;
/** Time between two events about what was read, when no worker waits for what it tells. */
const INTERVAL_MS = 100;

/** Reads ahead as far as it may, and leaves out what is done. */
export class ItemRanges implements RangeSource {
  readonly #items: Iterable<string> | AsyncIterable<string>;
  #iterator: Iterator<string> | AsyncIterator<string> | undefined;
  readonly #options: ItemRangesOptions;
  /** Ranges that wait for a worker. */
  readonly #ready: OutstandingRange[] = [];
  #readyItems = 0;
  #readyCharacters = 0;
  /** The range that is being filled. */
  #filling: string[] = [];
  #totalItems = 0;
  #ranges = 0;
  /** The number of the next range. */
  #number: number;
  /** Consecutive items that are done, since the last range that ended with them. */
  #doneInRow = 0;
  #resumed: Resumed = INITIAL_STATE.resumed;
  /** The number of the first range that nobody was told of. */
  #untold: number;
  #announcedAt = -Infinity;
  /** Whether nothing more is read … */
  #isOver = false;
  /** … as there is no more. */
  #isComplete = false;
  #news = Promise.withResolvers<void>();
  #room = Promise.withResolvers<void>();

  constructor(items: Iterable<string> | AsyncIterable<string>, options: ItemRangesOptions) {
    this.#items = items;
    this.#options = options;
    this.#number = this.#untold = options.firstRange;
    this.#readAll();
  }

  /** See {@linkcode RangeSource.next}. */
  async next(signal: AbortSignal): Promise<OutstandingRange | undefined> {
    for (;;) {
      const range = this.#ready.shift();
      if (range !== undefined) return this.#handOut(range);
      if (this.#isOver || signal.aborted) return undefined;
      await unlessAborted(this.#news.promise, signal);
    }
  }

  /** See {@linkcode RangeSource.add}. */
  add(parts: readonly RangePart[]): readonly OutstandingRange[] {
    // Their numbers come after those of ranges that nobody was told of yet.
    if (this.#number > this.#untold) this.#announce();
    const ranges = numberParts(parts, this.#number);
    this.#ranges += ranges.length;
    this.#number += ranges.length;
    this.#untold = this.#number;
    this.#ready.unshift(...ranges);
    for (const { items = [] } of ranges) this.#count(items, 1);
    return ranges;
  }

  /** Reads no more. An iterator that is being waited for hears of it when its item comes. */
  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#room.resolve();
    this.#return().catch(() => {});
  }

  async #return(): Promise<void> {
    await this.#iterator?.return?.();
  }

  #handOut(range: OutstandingRange): OutstandingRange {
    this.#count(range.items!, -1);
    if (!this.#isFull) {
      this.#room.resolve();
      this.#room = Promise.withResolvers();
    }
    if (range.index >= this.#untold) this.#announce();
    return range;
  }

  get #isFull(): boolean {
    return this.#readyItems >= AHEAD_ITEMS || this.#readyCharacters >= AHEAD_CHARACTERS;
  }

  async #readAll(): Promise<void> {
    const { publish, expected } = this.#options;
    try {
      const iterator = this.#iterator = iteratorOf(this.#items);
      for (;;) {
        while (this.#isFull && !this.#isOver) await this.#room.promise;
        const { done, value } = await iterator.next();
        if (this.#isOver) return;
        if (done) break;
        this.#take(value);
      }
      this.#endRange();
      this.#isOver = this.#isComplete = true;
      this.#announce();
      if (expected !== undefined && expected !== this.#totalItems) {
        publish({ kind: "warning", text: `${this.#totalItems} items came, and not ${expected}` });
      }
    } catch (error) {
      // What is left unread is not done, and cannot be.
      this.#endRange();
      this.#isOver = true;
      publish({
        kind: "warning",
        text: `the items ended after ${this.#totalItems}, before their end: ${errorMessage(error)}`,
      });
    }
    this.#news.resolve();
  }

  #take(item: string): void {
    if (typeof item !== "string") {
      throw new TypeError(`item ${this.#totalItems} is no string: ${Deno.inspect(item)}`);
    }
    const { chunkSize, clock, done } = this.#options;
    const status = done.claim(item);
    if (status !== undefined) this.#skip(status);
    else this.#doneInRow = 0;
    this.#totalItems++;
    if (status === undefined && this.#filling.push(item) === chunkSize) this.#endRange();
    if (clock.now() - this.#announcedAt >= INTERVAL_MS) this.#announce();
  }

  /** Counts an item that is done: as part of a range as large as the others. */
  #skip(status: DoneStatus): void {
    this.#endRange();
    const { counts, doneItems } = this.#resumed;
    const beginsRange = this.#doneInRow++ % this.#options.chunkSize === 0;
    const more = beginsRange ? 1 : 0;
    this.#ranges += more;
    this.#resumed = {
      counts: { ...counts, [status]: counts[status] + more },
      doneItems: doneItems + 1,
    };
  }

  #endRange(): void {
    const items = this.#filling;
    if (items.length === 0) return;
    this.#filling = [];
    const startIndex = this.#totalItems - items.length;
    const index = this.#number++;
    const endIndex = this.#totalItems;
    this.#ranges++;
    this.#ready.push({ index, startIndex, endIndex, nextIndex: startIndex, attempts: 0, items });
    this.#count(items, 1);
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  #count(items: readonly string[], sign: 1 | -1): void {
    this.#readyItems += sign * items.length;
    this.#readyCharacters += sign * items.reduce((sum, { length }) => sum + length, 0);
  }

  #announce(): void {
    this.#announcedAt = this.#options.clock.now();
    this.#untold = this.#number;
    const isResumed = this.#resumed.doneItems > 0;
    this.#options.publish({
      kind: "items-read",
      totalItems: this.#totalItems,
      ranges: this.#ranges,
      ...(isResumed ? { resumed: this.#resumed } : {}),
      isComplete: this.#isComplete,
    });
  }
}

function iteratorOf(
  items: Iterable<string> | AsyncIterable<string>,
): Iterator<string> | AsyncIterator<string> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}
