/**
 * String items in another order than that in which they come: all of them are read first.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { EventBody } from "../model/event_body.ts";
import { iteratorOf, nextResult } from "./item_iterator.ts";

/** Items and characters that are read at most: what has more is a stream, which may never end. */
const MAX_ITEMS = 5_000_000;
const MAX_CHARACTERS = 2 ** 29;
/** Time after which a list that has not ended is told of, in milliseconds. */
const NOTICE_MS = 10_000;
/** Items after which other things have their turn. */
const BATCH = 10_000;

/** Options of {@linkcode OrderedItems}. */
export interface OrderedItemsOptions {
  /** The name of the order, for sentences. */
  readonly name: string;
  /** Puts the items into their order. */
  readonly arrange: (items: string[]) => readonly string[] | Promise<readonly string[]>;
  readonly clock: Clock;
  readonly publish: (event: EventBody) => void;
}

/** Reads all items when the first one is asked for. Reading ends when it is returned to. */
export class OrderedItems implements AsyncIterableIterator<string> {
  readonly #items: Iterable<string> | AsyncIterable<string>;
  readonly #options: OrderedItemsOptions;
  #source: Iterator<string> | AsyncIterator<string> | undefined;
  #arranged: Iterator<string> | undefined;
  #isOver = false;
  #notice: Disposable | undefined;

  /** Creates the iterator; nothing is read yet. */
  constructor(items: Iterable<string> | AsyncIterable<string>, options: OrderedItemsOptions) {
    this.#items = items;
    this.#options = options;
  }

  /** Returns the next item in the order. */
  async next(): Promise<IteratorResult<string>> {
    this.#arranged ??= (await this.#options.arrange(await this.#readAll()))[Symbol.iterator]();
    return this.#isOver ? { done: true, value: undefined } : this.#arranged.next();
  }

  /** Ends the reading. */
  async return(): Promise<IteratorResult<string>> {
    this.#isOver = true;
    this.#notice?.[Symbol.dispose]();
    await this.#source?.return?.();
    return { done: true, value: undefined };
  }

  /** Returns itself. */
  [Symbol.asyncIterator](): AsyncIterableIterator<string> {
    return this;
  }

  async #readAll(): Promise<string[]> {
    const { name, clock, publish } = this.#options;
    const all: string[] = [];
    let characters = 0;
    using _notice = this.#notice = clock.after(NOTICE_MS, () => {
      const text = `order ${name} reads the whole list before the first start: ${all.length} ` +
        "items have come, and the list has not ended";
      publish({ kind: "warning", text, isHint: true });
    });
    const source = this.#source = iteratorOf(this.#items);
    while (!this.#isOver) {
      const { done, value } = await nextResult(source);
      if (done) break;
      all.push(value);
      characters += value?.length ?? 0;
      if (all.length % BATCH === 0) await new Promise((resolve) => setTimeout(resolve));
      if (all.length <= MAX_ITEMS && characters <= MAX_CHARACTERS) continue;
      throw new Error(
        `order ${name} needs a list that ends, and more than ${all.length - 1} items have come: ` +
          "use the order given",
      );
    }
    return all;
  }
}
