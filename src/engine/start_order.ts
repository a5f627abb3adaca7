/**
 * Orders of ranges: which one is started first.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { shuffle } from "../base/shuffle.ts";
import { showBytes } from "../base/surrogate_escape.ts";
import { type Durations, readDurations, type TimedRange } from "../journal/durations.ts";
import type { EventBody } from "../model/event_body.ts";
import type { OutstandingRange } from "../model/ranges.ts";
import type { ResolvedConfig } from "../model/resolve_config.ts";
import { MAX_SEED } from "../model/start_types.ts";
import { OrderedItems } from "./ordered_items.ts";

/** Items whose sizes are asked for before other things have their turn. */
const BATCH = 1_000;

/** What an order needs to read items. */
export interface OrderingOptions {
  readonly clock: Clock;
  readonly publish: (event: EventBody) => void;
}

/** An order other than the given one. */
export interface StartOrdering {
  /** How an option spells it, so that it can be repeated: `shuffle:SEED`. */
  readonly name: string;
  /** Returns ranges of numbers in the order. */
  ranges(
    ranges: Iterable<OutstandingRange>,
    options: OrderingOptions,
  ): Iterable<OutstandingRange>;
  /** Returns string items in the order. */
  items(
    items: Iterable<string> | AsyncIterable<string>,
    options: OrderingOptions,
  ): AsyncIterable<string>;
  /** Returns the milliseconds that a range is expected to take. Absent if nothing is known. */
  readonly expected?: (range: TimedRange) => number;
}

/**
 * Returns the order of a config, with a seed for a shuffle that has none; undefined for the given order.
 *
 * @throws {JournalError} If the journal of the order cannot be read.
 */
export function openOrder(order: ResolvedConfig["order"]): StartOrdering | undefined {
  if (order === "given") return undefined;
  if (order === "largest") return new Ordering(order, { arrange: largestFirst });
  if (order === "shuffle") return shuffled(Math.floor(Math.random() * (MAX_SEED + 1)));
  if ("shuffle" in order) return shuffled(order.shuffle);
  const durations = readDurations(order.longest);
  const name = `longest:${order.longest}`;
  return new Ordering(name, {
    arrange: (items, options) =>
      longestFirst(items, { ...options, name, timeOf: (item) => durations.ofItem(item) }),
    arrangeRanges: (ranges, options) =>
      longestFirst(ranges, { ...options, name, timeOf: (range) => durations.ofNumbers(range) }),
    durations,
  });
}

function shuffled(seed: number): StartOrdering {
  return new Ordering(`shuffle:${seed}`, {
    arrange: (items) => shuffle(items, { seed }),
    arrangeRanges: (ranges) => shuffle(ranges, { seed }),
  });
}

/** The parts of which an order is made. */
interface Arrangement {
  arrange(
    items: string[],
    options: OrderingOptions,
  ): readonly string[] | Promise<readonly string[]>;
  arrangeRanges?(
    ranges: OutstandingRange[],
    options: OrderingOptions,
  ): readonly OutstandingRange[];
  readonly durations?: Durations;
}

class Ordering implements StartOrdering {
  readonly name: string;
  readonly #how: Arrangement;

  constructor(name: string, how: Arrangement) {
    this.name = name;
    this.#how = how;
  }

  ranges(
    ranges: Iterable<OutstandingRange>,
    options: OrderingOptions,
  ): Iterable<OutstandingRange> {
    const all = Array.from(ranges);
    // Output that an earlier run has promised comes first, in its order.
    const replayed = all.filter(({ replay }) => replay !== undefined);
    const others = all.filter(({ replay }) => replay === undefined);
    return replayed.concat(this.#how.arrangeRanges?.(others, options) ?? others);
  }

  items(
    items: Iterable<string> | AsyncIterable<string>,
    options: OrderingOptions,
  ): AsyncIterable<string> {
    const arrange = (all: string[]) => this.#how.arrange(all, options);
    return new OrderedItems(items, { ...options, name: this.name, arrange });
  }

  get expected(): ((range: TimedRange) => number) | undefined {
    const { durations } = this.#how;
    return durations && ((range) => durations.expected(range));
  }
}

/** Sorts by times, the longest first. What has no time comes before all others, in the order in which it was given. */
function longestFirst<T>(
  list: readonly T[],
  { name, timeOf, publish }: OrderingOptions & {
    name: string;
    timeOf: (each: T) => number | undefined;
  },
): T[] {
  if (list.length > 0 && list.every((each) => timeOf(each) === undefined)) {
    const text = `order ${name}: the journal has the time of no range of this job, so that the ` +
      "order is the given one";
    publish({ kind: "warning", text });
  }
  return list.map((each) => ({ each, time: timeOf(each) ?? Infinity }))
    // Infinity minus itself is no number.
    .sort((a, b) => a.time === b.time ? 0 : b.time - a.time)
    .map(({ each }) => each);
}

/** Sorts paths by the sizes of their files, the largest first. Items that are no files come last, with a warning. */
async function largestFirst(
  items: readonly string[],
  { publish }: OrderingOptions,
): Promise<string[]> {
  const sized: { readonly item: string; readonly size: number }[] = [];
  const others: string[] = [];
  for (const [at, item] of items.entries()) {
    if (at % BATCH === BATCH - 1) await new Promise((resolve) => setTimeout(resolve));
    const size = sizeOf(item);
    if (size === undefined) others.push(item);
    else sized.push({ item, size });
  }
  if (sized.length === 0 && others.length > 0) {
    throw new Error(
      `order largest needs items that are paths of files: none of them is, such as "${
        showBytes(others[0]!)
      }"`,
    );
  }
  if (others.length > 0) {
    const count = others.length === 1 ? "1 item is no file" : `${others.length} items are no files`;
    const first = showBytes(others[0]!);
    publish({
      kind: "warning",
      text: `order largest: ${count}, such as "${first}"; they come last`,
    });
  }
  const sorted = sized.sort((a, b) => b.size - a.size).map(({ item }) => item);
  return [...sorted, ...others];
}

function sizeOf(path: string): number | undefined {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile ? size : undefined;
  } catch {
    return undefined;
  }
}
