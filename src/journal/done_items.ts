/**
 * Items that are done, in a job that is made of strings.
 *
 * @module
 */
import { DONE_STATUSES, type DoneStatus } from "../model/statuses.ts";
import type { PromisedRange } from "./promised_output.ts";
import type { RangeProgress } from "./range_progress.ts";

/** Counts how often each item was done: a list may hold the same one twice. Knows which others were begun. */
export class DoneItems {
  readonly #done = new Map(DONE_STATUSES.map((status) => [status, new Map<string, number>()]));
  readonly #begun = new Set<string>();
  /** Ranges whose output is to be written, by each of their items: others may not be in the list any more. */
  readonly #replays = new Map<string, PromisedRange[]>();
  readonly #replayed = new Set<PromisedRange>();
  /** The items of each range that is done again, as its output is lost or was not written. */
  readonly #owed: (readonly string[])[] = [];
  /** How often each item that is done again was done since, or is in the list. */
  readonly #again = new Map<string, number>();

  /** Adds items that are done. `replay` is their range, if its output is to be written when one of them is claimed. */
  add(items: readonly string[], status: DoneStatus, replay?: PromisedRange): void {
    const done = this.#done.get(status)!;
    for (const item of items) {
      addOne(done, item);
      this.#noteAgain(item);
    }
    if (replay === undefined) return;
    for (const item of items) {
      const replays = this.#replays.get(item);
      if (replays === undefined) this.#replays.set(item, [replay]);
      else if (replays.at(-1) !== replay) replays.push(replay);
    }
  }

  /** Adds the items of a range that is not done: those that are safely done, and those that were begun. */
  addPart({ items = [], doneItems }: RangeProgress): void {
    this.add(items.slice(0, doneItems), "FINISHED");
    this.addBegun(items.slice(doneItems));
  }

  /** Adds items that were begun, and are to be done again. `isOwed`: those of a range that is done, for its output. */
  addBegun(items: readonly string[], { isOwed = false } = {}): void {
    for (const item of items) this.#begun.add(item);
    if (isOwed && items.length > 0) this.#owed.push(items);
  }

  /** The number of ranges that are done again for their output, and of which no item is done again. */
  get unlisted(): number {
    const again = new Map(this.#again);
    return this.#owed.filter((items) => !items.map((item) => takeOne(again, item)).includes(true))
      .length;
  }

  /** Returns whether an item was begun, and is to be done again. */
  wasBegun(item: string): boolean {
    return this.#begun.has(item);
  }

  /** Yields the items that are done and were not claimed, and those that were begun. */
  *known(): Generator<string> {
    for (const done of this.#done.values()) yield* done.keys();
    yield* this.#begun;
  }

  /** Takes a range whose output is to be written when this item is claimed. */
  takeReplay(item: string): PromisedRange | undefined {
    const replays = this.#replays.get(item) ?? [];
    for (let range = replays.shift(); range !== undefined; range = replays.shift()) {
      if (this.#replayed.has(range)) continue;
      this.#replayed.add(range);
      return range;
    }
    return undefined;
  }

  /** Yields the ranges whose output is to be written, and that no item has taken. */
  *takeReplays(): Generator<PromisedRange> {
    for (const item of this.#replays.keys()) {
      for (let range = this.takeReplay(item); range !== undefined; range = this.takeReplay(item)) {
        yield range;
      }
    }
  }

  /** Takes one of the times that an item was done, and returns its status. Returns undefined if none is left. */
  claim(item: string): DoneStatus | undefined {
    const status = DONE_STATUSES.find((status) => takeOne(this.#done.get(status)!, item));
    if (status === undefined) this.#noteAgain(item);
    return status;
  }

  #noteAgain(item: string): void {
    if (this.#begun.has(item)) addOne(this.#again, item);
  }
}

function addOne(counts: Map<string, number>, item: string): void {
  counts.set(item, (counts.get(item) ?? 0) + 1);
}

function takeOne(counts: Map<string, number>, item: string): boolean {
  const count = counts.get(item);
  if (count === undefined) return false;
  if (count === 1) counts.delete(item);
  else counts.set(item, count - 1);
  return true;
}
