/**
 * Set of whole numbers that takes little memory if many of them are near each other. (Row resume of bench/.)
 *
 * @module
 */

/** The numbers of a page, as a power of two. */
const PAGE_BITS = 10;
const PAGE_SIZE = 1 << PAGE_BITS;
const WORD_BITS = 5;

/** A set of whole numbers from 0 on, one bit each, in pages of about a thousand. */
export class NumberSet {
  readonly #pages = new Map<number, Uint32Array>();
  #size = 0;

  /** How many numbers are in it. */
  get size(): number {
    return this.#size;
  }

  /** Returns whether a number is in it. */
  has(number: number): boolean {
    const page = this.#pages.get(Math.floor(number / PAGE_SIZE));
    return page !== undefined && (page[wordOf(number)]! & bitOf(number)) !== 0;
  }

  /** Adds a number. */
  add(number: number): void {
    if (this.has(number)) return;
    const key = Math.floor(number / PAGE_SIZE);
    let page = this.#pages.get(key);
    if (page === undefined) this.#pages.set(key, page = new Uint32Array(PAGE_SIZE >> WORD_BITS));
    page[wordOf(number)]! |= bitOf(number);
    this.#size++;
  }

  /** Takes a number out. Returns whether it was in it. */
  delete(number: number): boolean {
    if (!this.has(number)) return false;
    this.#pages.get(Math.floor(number / PAGE_SIZE))![wordOf(number)]! &= ~bitOf(number);
    this.#size--;
    return true;
  }

  /** Takes all numbers out. */
  clear(): void {
    this.#pages.clear();
    this.#size = 0;
  }

  /** Yields the numbers: those of a page in order, and the pages in the order in which they came. */
  *[Symbol.iterator](): Generator<number> {
    for (const [key, page] of this.#pages) {
      for (const [index, word] of page.entries()) {
        for (let left = word; left !== 0; left = (left & (left - 1)) >>> 0) {
          yield key * PAGE_SIZE + (index << WORD_BITS) + 31 - Math.clz32(left & -left);
        }
      }
    }
  }
}

function wordOf(number: number): number {
  return (number % PAGE_SIZE) >> WORD_BITS;
}

function bitOf(number: number): number {
  return 1 << (number & 31);
}
