/**
 * Failures that are still open: those whose items no later run of the job has done, or tried, again.
 *
 * @module
 */
import { sliceItems } from "../../model/ranges.ts";

/** The items of a range that ended, or those that it has safely done. */
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

/** A failure of an earlier run that has no open items any more. */
export interface Settled<Id> {
  readonly id: Id;
  /** Whether all its items are done, and those of the later failures that have some of them; otherwise some have failed again. */
  readonly isDone: boolean;
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
  /** The number of later failures with items of it, as far as these are not done. */
  heirs: number;
  /** The earlier failures of which it has items; most have none. */
  elders: Set<Failure<Id>> | undefined;
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
   * Takes the end of a range, with an id if it is a failure; or the items that a range has done, if it has not ended. Returns the
   * failures of earlier runs that are settled by that.
   */
  end(range: EndedItems, failure?: Id): Settled<Id>[] {
    if (failure === undefined) return this.#settle(range);
    const rest = restOf(range);
    const done = doneOf(range, rest);
    return [
      ...(done === undefined ? [] : this.#settle(done)),
      ...this.#settle(rest, this.#open(failure, rest)),
    ];
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

  #open(id: Id, range: EndedItems): Failure<Id> {
    const { startIndex, endIndex, items } = range;
    const failure: Failure<Id> = {
      id,
      run: this.#run,
      range,
      left: items?.length ?? endIndex - startIndex,
      settled: new Set(),
      heirs: 0,
      elders: undefined,
    };
    this.#failures.set(id, failure);
    if (items === undefined) this.#current.push({ startIndex, endIndex, failure });
    for (const [at, item] of items?.entries() ?? []) {
      const known = this.#strings.get(item);
      if (known === undefined) this.#strings.set(item, { all: [{ failure, at }], settled: 0 });
      else known.all.push({ failure, at });
    }
    return failure;
  }

  /** Settles the items of earlier failures, as they are done, or as a later failure has them now. */
  #settle(range: EndedItems, heir?: Failure<Id>): Settled<Id>[] {
    return range.items === undefined
      ? this.#settleNumbers(range, heir)
      : this.#settleStrings(range.items, heir);
  }

  #settleStrings(items: readonly string[], heir?: Failure<Id>): Settled<Id>[] {
    return items.flatMap((item) => {
      const open = this.#strings.get(item);
      const first = open?.all[open.settled];
      if (open === undefined || first === undefined || first.failure.run === this.#run) return [];
      open.settled++;
      if (open.settled === open.all.length) this.#strings.delete(item);
      first.failure.settled.add(first.at);
      return this.#settleItems(first.failure, 1, heir);
    });
  }

  #settleNumbers({ startIndex, endIndex }: EndedItems, heir?: Failure<Id>): Settled<Id>[] {
    const settled: Settled<Id>[] = [];
    for (let at = this.#firstAfter(startIndex); at < this.#earlier.length; at++) {
      const slot = this.#earlier[at]!;
      if (slot.startIndex >= endIndex) break;
      slot.left = slot.left.flatMap((piece) => {
        const from = Math.max(startIndex, piece.startIndex);
        const to = Math.min(endIndex, piece.endIndex);
        if (from >= to) return [piece];
        for (const one of this.#settleItems(piece.failure, to - from, heir)) settled.push(one);
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

  /** Counts items of a failure as settled. Returns the failures that are settled by that. */
  #settleItems(failure: Failure<Id>, count: number, heir?: Failure<Id>): Settled<Id>[] {
    failure.left -= count;
    if (heir !== undefined && !heir.elders?.has(failure)) {
      (heir.elders ??= new Set()).add(failure);
      failure.heirs++;
    }
    if (failure.left > 0) return [];
    this.#failures.delete(failure.id);
    return failure.heirs > 0 ? [{ id: failure.id, isDone: false }] : doneWith(failure);
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

/** Returns a failure whose items are all done, and those of its elders for which that holds then, too. */
function doneWith<Id>(failure: Failure<Id>): Settled<Id>[] {
  const done = [failure];
  for (const { elders } of done) {
    for (const elder of elders ?? []) {
      if (--elder.heirs === 0 && elder.left === 0) done.push(elder);
    }
  }
  return done.map(({ id }) => ({ id, isDone: true }));
}

/** Returns the items of a failure that are safely done; undefined if there are none. */
function doneOf(range: EndedItems, { startIndex: endIndex }: EndedItems): EndedItems | undefined {
  const { startIndex } = range;
  if (endIndex === startIndex) return undefined;
  const items = sliceItems(range, [startIndex, endIndex]);
  return { startIndex, endIndex, ...(items && { items }) };
}

/** Returns the items of a failure that are not safely done; all of them if it failed after the last one. */
function restOf(range: EndedItems): EndedItems {
  const { startIndex, endIndex, items, nextIndex = startIndex } = range;
  if (nextIndex >= endIndex) return { startIndex, endIndex, ...(items && { items }) };
  const left = items?.slice(nextIndex - startIndex);
  return { startIndex: nextIndex, endIndex, ...(left && { items: left }) };
}
