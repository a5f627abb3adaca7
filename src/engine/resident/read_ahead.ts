/**
 * Ranges that a resident worker is sent while it works on another one, so that it never waits for the executor.
 *
 * @module
 */
import { type OutstandingRange, sliceItems } from "../../model/ranges.ts";
import type { Gate } from "../pool.ts";
import type { RangeSource } from "../range_source.ts";
import type { Order, ResidentProcess } from "./resident_process.ts";

/** The work that is sent ahead, in milliseconds. */
const WORK_MS = 10;
/** Ranges that take longer on average are not sent ahead, in milliseconds: there is nothing to gain. */
const MAX_RANGE_MS = 100;
/** Ranges that are sent ahead at most. */
const MAX_DEPTH = 64;

/** What the number of ranges that are sent ahead depends on. */
export interface DepthFacts {
  /** How long the worker takes for a range, in milliseconds; undefined if that is unknown. */
  readonly meanMs: number | undefined;
  /** Ranges that no worker has and that were not sent to any. */
  readonly left: number;
  /** The number of workers. */
  readonly workers: number;
}

/**
 * Returns how many ranges a worker is to have beyond the one that it works on: those that are worth some milliseconds of work.
 * Near the end of the run they are fewer, as no worker may be idle while ranges wait behind a slow one.
 */
export function depthOf({ meanMs, left, workers }: DepthFacts): number {
  if (meanMs === undefined || meanMs > MAX_RANGE_MS) return 0;
  const worth = Math.max(1, Math.floor(WORK_MS / meanMs));
  return Math.min(worth, MAX_DEPTH, Math.floor(left / (2 * workers)));
}

/** Options of {@linkcode ReadAhead}. */
export interface ReadAheadOptions {
  readonly source: Pick<RangeSource, "takeNow" | "giveBack" | "unmade">;
  /** Holds new work back. */
  readonly gate: Gate;
  /** Ranges that a process takes before it is replaced. */
  readonly lifespan?: number;
  /** Returns the number of ranges that have no attempt yet, and of workers. */
  readonly counts: () => { readonly pending: number; readonly workers: number };
  /** Called when other workers may take ranges that a worker was sent. */
  readonly onGivenBack: () => void;
}

/** Ranges that one worker was sent. */
interface Queue {
  readonly ranges: OutstandingRange[];
  /** How many ranges of the worker wait to be tried again: they come first. */
  held: number;
}

/** Sends ranges ahead. They are begun when the ranges before them are answered; until then, nothing is charged for them. */
export class ReadAhead {
  readonly #options: ReadAheadOptions;
  readonly #queues = new Map<number, Queue>();
  #total = 0;

  constructor(options: ReadAheadOptions) {
    this.#options = options;
  }

  /** Sends the process of a worker, which is at work on a range, as many others as are worthwhile. */
  fill(worker: number, process: ResidentProcess): void {
    const { gate, source, counts, lifespan = Infinity } = this.#options;
    const { ranges, held } = this.#queue(worker);
    if (held > 0 || gate.isClosed || gate.draining.aborted || !process.isAlive) return;
    const { pending, workers } = counts();
    const left = pending + (source.unmade ?? 0) - this.#total;
    const wanted = depthOf({ meanMs: process.meanMs, left, workers });
    const depth = Math.min(wanted, lifespan - process.ranges - 1);
    // A few at a time cost less than one after the other.
    if (ranges.length > depth / 2) return;
    const orders: Order[] = [];
    while (ranges.length < depth) {
      const range = source.takeNow();
      if (range === undefined) break;
      ranges.push(range);
      this.#total++;
      orders.push(orderOf(range));
    }
    if (orders.length > 0) process.send(orders);
  }

  /** Returns the range that a worker is to take next, as it was sent; undefined if there is none. Called between two ranges. */
  next(worker: number, process: ResidentProcess | undefined): OutstandingRange | undefined {
    this.settle(worker, process);
    const range = this.#queues.get(worker)?.ranges.shift();
    if (range !== undefined) this.#total--;
    return range;
  }

  /** Gives ranges back that the process will not take, as it has ended or is asked to. Called between two ranges. */
  settle(worker: number, process: ResidentProcess | undefined): void {
    const { ranges } = this.#queue(worker);
    if (ranges.length === 0) return;
    const isTaken = process?.unanswered === ranges.length &&
      process.supervised.endedBy === undefined;
    if (isTaken) return;
    process?.forsake();
    this.#total -= ranges.length;
    this.#options.source.giveBack(ranges.splice(0));
    this.#options.onGivenBack();
  }

  /** Sends a worker nothing more until the returned object is disposed of. */
  hold(worker: number): Disposable {
    const queue = this.#queue(worker);
    queue.held++;
    return { [Symbol.dispose]: () => void queue.held-- };
  }

  #queue(worker: number): Queue {
    let queue = this.#queues.get(worker);
    if (queue === undefined) this.#queues.set(worker, queue = { ranges: [], held: 0 });
    return queue;
  }
}

/** Returns what a worker is sent of a range: the items that are not safely done. */
function orderOf(range: OutstandingRange): Order {
  const { nextIndex: startIndex, endIndex } = range;
  return { startIndex, endIndex, items: sliceItems(range, [startIndex, endIndex]) };
}
