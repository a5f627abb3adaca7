/**
 * Ranges of string items, read ahead from a list or a stream.
 *
 * @module
 */
import { unlessAborted } from "../base/abort.ts";
import type { Clock } from "../base/clock.ts";
import { errorMessage, showValue } from "../base/errors.ts";
import type { EventBody } from "../model/event_body.ts";
import type { Resumed } from "../model/events.ts";
import { INITIAL_STATE } from "../model/state.ts";
import type { DoneStatus } from "../model/statuses.ts";
import { type PromisedRange, replayOf } from "../journal/promised_output.ts";
import type { DoneItems } from "../journal/done_items.ts";
import { iteratorOf, nextResult } from "./item_iterator.ts";
import { checkedCost, fittingItems, type ItemSpace } from "./item_space.ts";
import { numberParts, type RangeSource } from "./range_source.ts";
import { type ChooseCount, ReadyItems, type TakenItems } from "./ready_items.ts";
import type { StartOrdering } from "./start_order.ts";
import { MAX_EXCESS } from "./timed_ranges.ts";
import type { OutstandingRange, RangePart } from "../model/ranges.ts";

/** What the sizes of ranges depend on that are made when workers take them. */
export interface TimedItems {
  /** Knows how many items the next range is to have. */
  readonly sizer: { readonly size: number };
  /** Returns the number of workers, which share what has come. */
  readonly workers: () => number;
}

/** Options of {@linkcode ItemRanges}. */
export interface ItemRangesOptions {
  /** The number of items in a range; the most that it may have if there is `timed`. */
  readonly chunkSize: number;
  /** Set if ranges are to be made when workers take them, of what has come by then. */
  readonly timed?: TimedItems;
  /** The items that earlier runs of the job have done. */
  readonly done: DoneItems;
  /** Items that get a range of their own, as earlier runs have isolated them. */
  readonly alone?: ReadonlySet<string>;
  /** The index of the first range. Indices of earlier runs are not used again, as files are named by them. */
  readonly firstRange: number;
  /** The space that the items of a range may take; as much as they need if left out. */
  readonly space?: ItemSpace;
  /** The expected number of items, if it is known; another number is a warning. */
  readonly expected?: number;
  /** Returns the milliseconds that some items are expected to take; absent if nothing is known. */
  readonly timeOf?: StartOrdering["expected"];
  /** Whether events have the items themselves, as their source cannot be read again. */
  readonly isRecorded?: boolean;
  /** Called with each range that is given, at once. */
  readonly onTaken?: (range: OutstandingRange) => void;
  readonly clock: Clock;
  readonly publish: (event: EventBody) => void;
}

/** Items that are read ahead at most: enough to know the total of a short list at once. */
const AHEAD_ITEMS = 10_000;
/** Characters that are read ahead at most, to bound the memory. */
const AHEAD_CHARACTERS = 4 << 20;
/** Time between two events `items-read`, unless a worker takes a range that is not announced yet. */
const INTERVAL_MS = 100;
/** Time without a first item after which there is a warning, in milliseconds. */
const NOTICE_MS = 10_000;
/** Characters of items in one event, by and large. */
const MAX_RECORDED_CHARACTERS = 1 << 20;

/** Reads items ahead of the workers, leaves out those that are done, and makes ranges of the others. */
export class ItemRanges implements RangeSource {
  readonly #items: Iterable<string> | AsyncIterable<string>;
  #iterator: Iterator<string> | AsyncIterator<string> | undefined;
  readonly #options: ItemRangesOptions;
  /** Ranges that no worker has taken yet. */
  readonly #ready = new ReadyItems();
  /** Items of the next range. */
  #filling: string[] = [];
  /** The space that they take. */
  #fillingCost = 0;
  /** Items that no event has yet, if events have them. */
  #unrecorded: string[] = [];
  #unrecordedCharacters = 0;
  #expectedMs = 0;
  #totalItems = 0;
  #ranges = 0;
  /** The index of the next range. */
  #nextRange: number;
  /** Items in a row that are done. */
  #consecutiveDone = 0;
  #resumed: Resumed = INITIAL_STATE.resumed;
  /** The index of the first range that no event has announced. */
  #firstUnannounced: number;
  #announcedAt = -Infinity;
  /** Whether reading has ended. */
  #isOver = false;
  #notice: Disposable | undefined;
  /** Whether all items were read. */
  #isComplete = false;
  /** Resolves when a range is ready or reading has ended. */
  #changed = Promise.withResolvers<void>();
  /** Resolves when more may be read ahead. */
  #hasRoom = Promise.withResolvers<void>();

  /** Creates the source; {@linkcode ItemRanges.start} begins to read. */
  constructor(items: Iterable<string> | AsyncIterable<string>, options: ItemRangesOptions) {
    this.#items = items;
    this.#options = options;
    this.#nextRange = this.#firstUnannounced = options.firstRange;
  }

  /** Begins to read. Reading ends with the items, or when the source is disposed of. */
  start(): void {
    this.#readAll();
  }

  /** See {@linkcode RangeSource.next}. */
  async next(signal: AbortSignal): Promise<OutstandingRange | undefined> {
    for (;;) {
      if (signal.aborted) return undefined;
      const range = this.#shift();
      if (range !== undefined) return range;
      if (this.#isOver) return undefined;
      await unlessAborted(this.#changed.promise, signal);
      // Items that come together are read in one turn: a range that is made now would have the first of them only.
      if (this.#options.timed !== undefined) await nextTurn();
    }
  }

  /** See {@linkcode RangeSource.takeNow}. */
  takeNow(): OutstandingRange | undefined {
    return this.#ready.isReplayNext ? undefined : this.#shift();
  }

  /** See {@linkcode RangeSource.unmade}. */
  get unmade(): number {
    const { timed } = this.#options;
    return timed === undefined ? 0 : Math.floor(this.#ready.items / this.#rangeSize(timed));
  }

  /** See {@linkcode RangeSource.giveBack}. */
  giveBack(ranges: readonly OutstandingRange[]): void {
    this.#putBack(ranges);
  }

  /** See {@linkcode RangeSource.add}. */
  add(parts: readonly RangePart[]): readonly OutstandingRange[] {
    // Their indices come after those of ranges that are read and not announced.
    if (this.#nextRange > this.#firstUnannounced) this.#announce();
    const ranges = numberParts(parts, this.#nextRange);
    this.#ranges += ranges.length;
    this.#nextRange += ranges.length;
    this.#firstUnannounced = this.#nextRange;
    this.#putBack(ranges);
    return ranges;
  }

  /** Makes ranges the next ones, and wakes those who wait for one. */
  #putBack(ranges: readonly OutstandingRange[]): void {
    this.#ready.unshift(ranges);
    this.#changed.resolve();
    if (!this.#isOver) this.#changed = Promise.withResolvers();
  }

  /** Stops reading. Does not wait for an iterator that has not yielded its next item yet. */
  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#notice?.[Symbol.dispose]();
    this.#hasRoom.resolve();
    this.#return().catch(() => {});
  }

  async #return(): Promise<void> {
    await this.#iterator?.return?.();
  }

  #shift(): OutstandingRange | undefined {
    const taken = this.#ready.shift(this.#chooseCount);
    if (taken === undefined) return undefined;
    return this.#handOut("index" in taken ? taken : this.#makeRange(taken));
  }

  /** Returns the number of items that the next range is to have. */
  #rangeSize({ sizer: { size }, workers }: TimedItems): number {
    const share = Math.ceil(this.#ready.items / Math.max(1, workers()));
    return Math.max(1, Math.min(size, this.#options.chunkSize, share));
  }

  readonly #chooseCount: ChooseCount = (length, at) => {
    const { timed, space } = this.#options;
    const size = this.#rangeSize(timed!);
    const count = length <= MAX_EXCESS * size ? length : size;
    return space === undefined ? count : fittingItems(count, { at, space });
  };

  /** Makes a range of items that a worker takes. What is left counts as one more range. */
  #makeRange({ startIndex, items, hasMore }: TakenItems): OutstandingRange {
    if (hasMore) this.#ranges++;
    const endIndex = startIndex + items.length;
    const index = this.#nextRange++;
    return { index, startIndex, endIndex, nextIndex: startIndex, attempts: 0, items };
  }

  #handOut(range: OutstandingRange): OutstandingRange {
    if (!this.#isFull) {
      this.#hasRoom.resolve();
      this.#hasRoom = Promise.withResolvers();
    }
    if (range.index >= this.#firstUnannounced) this.#announce();
    this.#options.onTaken?.(range);
    return range;
  }

  get #isFull(): boolean {
    const { items, characters } = this.#ready;
    const { timed } = this.#options;
    // Large ranges need more.
    const wanted = timed === undefined ? 0 : 2 * timed.workers() * timed.sizer.size;
    return items >= Math.max(AHEAD_ITEMS, wanted) || characters >= AHEAD_CHARACTERS;
  }

  async #readAll(): Promise<void> {
    const { publish, expected } = this.#options;
    this.#notice = this.#expectFirst();
    try {
      const iterator = this.#iterator = iteratorOf(this.#items);
      for (;;) {
        while (this.#isFull && !this.#isOver) await this.#hasRoom.promise;
        const { done, value } = await nextResult(iterator);
        this.#notice?.[Symbol.dispose]();
        if (this.#isOver) return;
        if (done) break;
        this.#take(value);
      }
      this.#endRange();
      this.#settleUnlisted();
      this.#isOver = this.#isComplete = true;
      this.#announce();
      if (expected !== undefined && expected !== this.#totalItems) {
        publish({
          kind: "warning",
          text: `expected ${expected} items, but read ${this.#totalItems}`,
        });
      }
    } catch (error) {
      this.#notice?.[Symbol.dispose]();
      // Items that were not read keep the run from being complete.
      this.#endRange();
      this.#isOver = true;
      publish({
        kind: "warning",
        text: `cannot read items after the first ${this.#totalItems}: ${errorMessage(error)}`,
      });
    }
    this.#changed.resolve();
  }

  /** Warns if no item comes. Those of stdin come when somebody sends them. */
  #expectFirst(): Disposable | undefined {
    const { clock, isRecorded = false, publish } = this.#options;
    if (isRecorded) return undefined;
    return clock.after(NOTICE_MS, () => {
      if (this.#isOver) return;
      const text = `items has yielded nothing in ${
        NOTICE_MS / 1000
      } seconds: all workers wait for it`;
      publish({ kind: "warning", text });
    });
  }

  #take(item: string): void {
    if (typeof item !== "string") {
      throw new TypeError(`item ${this.#totalItems} is no string: ${showValue(item)}`);
    }
    const { alone, clock, done, isRecorded = false } = this.#options;
    if (isRecorded) {
      this.#unrecorded.push(item);
      this.#unrecordedCharacters += item.length;
    }
    const status = done.claim(item);
    const isAlone = alone?.has(item) === true;
    if (status !== undefined) this.#skip(status, item);
    else {
      this.#consecutiveDone = 0;
      if (isAlone) this.#endRange();
      this.#add(item);
    }
    this.#totalItems++;
    if (this.#filling.length === this.#options.chunkSize || isAlone) this.#endRange();
    const isDue = clock.now() - this.#announcedAt >= INTERVAL_MS ||
      this.#unrecordedCharacters >= MAX_RECORDED_CHARACTERS;
    if (isDue) this.#announce();
  }

  /** Adds an item that is to be done. */
  #add(item: string): void {
    const { space, timed, timeOf } = this.#options;
    this.#expectedMs += timeOf?.({ startIndex: 0, endIndex: 1, items: [item] }) ?? 0;
    if (timed === undefined) {
      this.#makeRoom(item);
      this.#filling.push(item);
      return;
    }
    // If it throws, the list cannot be read, as without a time.
    if (space !== undefined) checkedCost(item, { space, index: this.#totalItems });
    if (!this.#ready.append(item, this.#totalItems)) return;
    this.#ranges++;
    this.#wake();
  }

  /** Ends the range if an item does not fit into it. */
  #makeRoom(item: string): void {
    const { space } = this.#options;
    if (space === undefined) return;
    const cost = checkedCost(item, { space, index: this.#totalItems });
    if (this.#fillingCost + cost > space.room) this.#endRange();
    this.#fillingCost += cost;
  }

  /** Counts an item that is done. Such items make up ranges of the same size as the others. */
  #skip(status: DoneStatus, item: string): void {
    this.#endRange();
    const replay = this.#options.done.takeReplay(item);
    if (replay !== undefined) this.#replay(replay);
    const { counts, doneItems } = this.#resumed;
    const beginsRange = this.#consecutiveDone++ % this.#options.chunkSize === 0;
    const newRanges = beginsRange ? 1 : 0;
    this.#ranges += newRanges;
    this.#resumed = {
      counts: { ...counts, [status]: (counts[status] ?? 0) + newRanges },
      doneItems: doneItems + 1,
    };
  }

  /** Writes what is owed of ranges whose items are not in the list any more, or tells of it. */
  #settleUnlisted(): void {
    const { done, publish } = this.#options;
    for (const range of done.takeReplays()) this.#replay(range);
    const { unlisted } = done;
    if (unlisted === 0) return;
    const text = "ranges that are done, whose output is lost or was not written, and whose items " +
      `are not in the list any more: ${unlisted}; resume with all items to get it`;
    publish({ kind: "warning", text });
  }

  /** Makes a range of one that is done, and whose output is to be written. */
  #replay(range: PromisedRange): void {
    const { index, items = [] } = range;
    const [startIndex, endIndex] = [this.#totalItems, this.#totalItems + items.length];
    this.#offer({ index, startIndex, endIndex, items, ...replayOf(range) });
  }

  #endRange(): void {
    this.#ready.close();
    const items = this.#filling;
    if (items.length === 0) return;
    this.#filling = [];
    this.#fillingCost = 0;
    const startIndex = this.#totalItems - items.length;
    const index = this.#nextRange++;
    const endIndex = this.#totalItems;
    this.#ranges++;
    this.#offer({ index, startIndex, endIndex, nextIndex: startIndex, attempts: 0, items });
  }

  #offer(range: OutstandingRange): void {
    this.#ready.push(range);
    this.#wake();
  }

  /** Wakes those who wait for a range. */
  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #announce(): void {
    this.#announcedAt = this.#options.clock.now();
    this.#firstUnannounced = this.#nextRange;
    const isResumed = this.#resumed.doneItems > 0;
    const items = this.#unrecorded;
    this.#unrecorded = [];
    this.#unrecordedCharacters = 0;
    this.#options.publish({
      kind: "items-read",
      totalItems: this.#totalItems,
      ranges: this.#ranges,
      ...(items.length > 0 && { items }),
      ...(this.#options.timeOf && { expected: this.#expectedMs }),
      ...(isResumed ? { resumed: this.#resumed } : {}),
      isComplete: this.#isComplete,
    });
  }
}

/** Resolves when what waits for its turn has had it. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
