/**
 * Failures that are still open: those whose items no later run of the job has done, or tried, again.
 *
 * @module
 */

/** The items of a range that ended. */
export interface EndedItems {
  readonly startIndex: number;
  readonly endIndex: number;
  /** The items themselves, in a job that is made of strings. */
  readonly items?: readonly string[];
  /**
   * The first item that is not safely done, if it failed.
   *
   * @default {startIndex}
   */
  readonly nextIndex?: number;
}

/** A failure, and which of its items are open. */
interface Failure<Id> {
  readonly id: Id;
  readonly run: number;
  readonly range: EndedItems;
  /** The number of its items that are open. */
  left: number;
  /** Those of its strings that are not, by their places. */
  readonly settled: Set<number>;
}

/** Neighbouring numbers of a failure that are open. */
interface Piece<Id> {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly failure: Failure<Id>;
}

/** An open string. */
interface OpenString<Id> {
  readonly failure: Failure<Id>;
  /** Its place among the items of the failure. */
  readonly at: number;
}

/** The open strings of one text, those of earlier runs first. The first ones are settled, up to an index. */
interface OpenStrings<Id> {
  all: OpenString<Id>[];
  settled: number;
}

/** A slot with more pieces is cut in two, as each end of a range looks at all of a slot. */
const MAX_PIECES = 64;

/** What was open when this run began, and what of it still is. */
interface Slot<Id> {
  readonly startIndex: number;
  readonly endIndex: number;
  left: readonly Piece<Id>[];
}

/**
 * Follows the ends of ranges through the runs of a job. A range that ends settles the failures that earlier runs had at its
 * items: numbers are the same ones in each run, and strings are matched by their text, as a resumed run does it.
 */
export class OpenFailures<Id> {
  #run = 0;
  readonly #failures = new Map<Id, Failure<Id>>();
  /** Open numbers of earlier runs, in order. No two of them overlap. */
  #earlier: Slot<Id>[] = [];
  /** Open numbers of this run. */
  #current: Piece<Id>[] = [];
  /** Open strings, by their text. */
  readonly #strings = new Map<string, OpenStrings<Id>>();

  /** Begins the next run. */
  beginRun(): void {
    this.#run++;
    this.#earlier = this.#pieces.map((piece) => ({ ...piece, left: [piece] }));
    this.#current = [];
  }

  /**
   * Takes the end of a range, with an id if it is a failure. Returns the ids of the failures of earlier runs that have no open
   * items any more.
   */
  end(range: EndedItems, failure?: Id): Id[] {
    const settled = range.items === undefined
      ? this.#settleNumbers(range)
      : this.#settleStrings(range.items);
    if (failure !== undefined) this.#open(failure, range);
    return settled;
  }

  /** The open numbers, in order. */
  get numbers(): readonly Pick<EndedItems, "startIndex" | "endIndex">[] {
    return this.#pieces;
  }

  /** Yields the open strings, in the order of their runs and their places there. */
  *strings(): Generator<string> {
    const failures = Array.from(this.#failures.values())
      .sort((a, b) => a.run - b.run || a.range.startIndex - b.range.startIndex);
    for (const { range: { items = [] }, settled } of failures) {
      for (const [at, item] of items.entries()) if (!settled.has(at)) yield item;
    }
  }

  get #pieces(): Piece<Id>[] {
    return [...this.#earlier.flatMap(({ left }) => left), ...this.#current].sort((a, b) =>
      a.startIndex - b.startIndex
    );
  }

  #open(id: Id, range: EndedItems): void {
    const rest = restOf(range);
    const { startIndex, endIndex, items } = rest;
    const left = items?.length ?? endIndex - startIndex;
    const failure = { id, run: this.#run, range: rest, left, settled: new Set<number>() };
    this.#failures.set(id, failure);
    if (items === undefined) this.#current.push({ startIndex, endIndex, failure });
    for (const [at, item] of items?.entries() ?? []) {
      const known = this.#strings.get(item);
      if (known === undefined) this.#strings.set(item, { all: [{ failure, at }], settled: 0 });
      else known.all.push({ failure, at });
    }
  }

  #settleStrings(items: readonly string[]): Id[] {
    return items.flatMap((item) => {
      const open = this.#strings.get(item);
      const first = open?.all[open.settled];
      if (open === undefined || first === undefined || first.failure.run === this.#run) return [];
      open.settled++;
      if (open.settled === open.all.length) this.#strings.delete(item);
      first.failure.settled.add(first.at);
      return this.#settle(first.failure, 1);
    });
  }

  #settleNumbers({ startIndex, endIndex }: EndedItems): Id[] {
    const settled: Id[] = [];
    for (let at = this.#firstAfter(startIndex); at < this.#earlier.length; at++) {
      const slot = this.#earlier[at]!;
      if (slot.startIndex >= endIndex) break;
      slot.left = slot.left.flatMap((piece) => {
        const from = Math.max(startIndex, piece.startIndex);
        const to = Math.min(endIndex, piece.endIndex);
        if (from >= to) return [piece];
        settled.push(...this.#settle(piece.failure, to - from));
        return [{ ...piece, endIndex: from }, { ...piece, startIndex: to }]
          .filter((rest) => rest.startIndex < rest.endIndex);
      });
      if (slot.left.length > MAX_PIECES) this.#earlier.splice(at++, 1, ...halves(slot));
    }
    return settled;
  }

  /** Returns the index of the first slot that ends after a number. */
  #firstAfter(index: number): number {
    let [low, high] = [0, this.#earlier.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#earlier[middle]!.endIndex > index) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Counts items of a failure as settled. Returns its id if it has no others. */
  #settle(failure: Failure<Id>, count: number): Id[] {
    failure.left -= count;
    if (failure.left > 0) return [];
    this.#failures.delete(failure.id);
    return [failure.id];
  }
}

function halves<Id>({ startIndex, endIndex, left }: Slot<Id>): [Slot<Id>, Slot<Id>] {
  const half = left.length >> 1;
  const middle = left[half]!.startIndex;
  return [
    { startIndex, endIndex: middle, left: left.slice(0, half) },
    { startIndex: middle, endIndex, left: left.slice(half) },
  ];
}

/** Returns the items of a failure that are not safely done; all of them if it failed after the last one. */
function restOf(range: EndedItems): EndedItems {
  const { startIndex, endIndex, items, nextIndex = startIndex } = range;
  if (nextIndex >= endIndex) return range;
  const left = items?.slice(nextIndex - startIndex);
  return { startIndex: nextIndex, endIndex, ...(left && { items: left }) };
}
