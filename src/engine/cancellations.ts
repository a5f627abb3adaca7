/**
 * Requests to cancel ranges of a run: each reaches the attempt at its range, or waits until that begins.
 *
 * @module
 */
import type { OutstandingRange } from "../model/ranges.ts";
import type { RunHandle } from "../model/reporter.ts";

/** What is to be cancelled: the number of a range, or one of its items. */
export type CancelTarget = Parameters<RunHandle["cancel"]>[0];

/** A range that a worker has taken, until it is disposed of. */
export interface CancellableRange extends Disposable {
  /** Aborted when the range is cancelled. */
  readonly signal: AbortSignal;
}

/** The parts of a range by which it is found. */
type Target = Pick<OutstandingRange, "index" | "startIndex" | "endIndex" | "items">;

/** Passes each request to cancel a range on to what runs it. A range that has ended is not known any more. */
export class Cancellations {
  readonly #running = new Map<number, { range: Target; controller: AbortController }>();
  /** Ranges that were cancelled before they began, by number … */
  readonly #waiting = new Set<number>();
  /** … and by item. More ranges may have an item that has ended in one. */
  readonly #waitingItems = new Set<string | number>();

  /** Cancels a range: at once if a worker has it, otherwise as soon as a worker takes it. */
  cancel(target: CancelTarget): void {
    if (typeof target === "number") {
      const running = this.#running.get(target);
      if (running === undefined) this.#waiting.add(target);
      else running.controller.abort();
      return;
    }
    const { item } = target;
    this.#waitingItems.add(item);
    for (const { range, controller } of this.#running.values()) {
      if (hasItem(range, item)) controller.abort();
    }
  }

  /** Notes that a worker takes a range. Its signal is aborted from the start if the range was cancelled before. */
  enter(range: Target): CancellableRange {
    const controller = new AbortController();
    this.#running.set(range.index, { range, controller });
    const isCancelled = this.#waiting.delete(range.index) || this.#hasWaitingItem(range);
    if (isCancelled) controller.abort();
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => void this.#running.delete(range.index),
    };
  }

  #hasWaitingItem(range: Target): boolean {
    return this.#waitingItems.size > 0 &&
      this.#waitingItems.values().some((item) => hasItem(range, item));
  }
}

/** Returns whether a range has an item: a string, or a number in a job of numbers. */
function hasItem({ startIndex, endIndex, items }: Target, item: string | number): boolean {
  if (typeof item === "string") return items?.includes(item) === true;
  return items === undefined && startIndex <= item && item < endIndex;
}

/** Returns the fields by which an event names what is to be cancelled. */
export function namedBy(target: CancelTarget): { range?: number; item?: string | number } {
  return typeof target === "number" ? { range: target } : { item: target.item };
}
