/**
 * Combinations of several sources of items, in the order of GNU parallel.
 *
 * @module
 */

/** A list of items; those of a stream are read once. */
export interface ItemList {
  readonly items: Iterable<string> | AsyncIterable<string>;
  /** How many there are, if that is known. */
  readonly count?: number;
  /** Whether its items go with those of the list before it, the first with the first. */
  readonly isLinked: boolean;
}

/** Options of {@linkcode combine}. */
export interface CombineOptions {
  /** Whether all lists go together, the first items with the first; a short list begins again. */
  readonly isLinked: boolean;
}

/**
 * Yields one item of each list, in all combinations; the last list changes fastest. Lists that are linked go together, as
 * far as the shortest of them. The first lists are read as they come, the others are kept.
 */
export async function* combine(
  lists: readonly ItemList[],
  { isLinked }: CombineOptions,
): AsyncGenerator<string[]> {
  if (isLinked) return yield* cycle(lists);
  const [first, ...others] = groupsOf(lists);
  if (first === undefined) return;
  const kept = await Promise.all(others.map((group) => readAll(zip(group))));
  if (kept.some((rows) => rows.length === 0)) return;
  for await (const row of zip(first)) yield* extend(row, kept);
}

/** Returns the number of rows of {@linkcode combine}, if it is known. */
export function countRows(
  lists: readonly ItemList[],
  { isLinked }: CombineOptions,
): number | undefined {
  const counts = lists.map(({ count }) => count ?? NaN);
  const rows = isLinked
    ? counts.includes(0) ? 0 : Math.max(...counts)
    : groupsOf(lists).map((group) => Math.min(...group.map(({ count }) => count ?? NaN)))
      .reduce((product, count) => product * count, 1);
  return Number.isSafeInteger(rows) ? rows : undefined;
}

/** Returns the lists in groups of those that are linked. */
function groupsOf(lists: readonly ItemList[]): ItemList[][] {
  const groups: ItemList[][] = [];
  for (const list of lists) {
    if (list.isLinked && groups.length > 0) groups.at(-1)!.push(list);
    else groups.push([list]);
  }
  return groups;
}

/** Yields rows of one item of each list, until one of them ends. */
async function* zip(lists: readonly ItemList[]): AsyncGenerator<string[]> {
  const [only] = lists;
  if (only !== undefined && lists.length === 1) {
    for await (const item of only.items) yield [item];
    return;
  }
  const readers = lists.map(readerOf);
  try {
    for (;;) {
      const row = await readRow(readers);
      if (row.some((item) => item === undefined)) return;
      yield row as string[];
    }
  } finally {
    await endAll(readers);
  }
}

/** Yields rows of one item of each list, until all of them have ended; those that end before begin again. */
async function* cycle(lists: readonly ItemList[]): AsyncGenerator<string[]> {
  const readers = lists.map(readerOf);
  const kept: string[][] = lists.map(() => []);
  try {
    for (let index = 0;; index++) {
      const row = await readRow(readers);
      if (row.every((item) => item === undefined)) return;
      row.forEach((item, at) => item !== undefined && kept[at]!.push(item));
      // An empty list has nothing to begin again with.
      if (kept.some((items) => items.length === 0)) return;
      yield row.map((item, at) => item ?? kept[at]![index % kept[at]!.length]!);
    }
  } finally {
    await endAll(readers);
  }
}

type Reader = Iterator<string> | AsyncIterator<string>;

function readerOf({ items }: ItemList): Reader {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

async function readRow(readers: readonly Reader[]): Promise<(string | undefined)[]> {
  const results = await Promise.all(readers.map((reader) => reader.next()));
  return results.map(({ done, value }) => done ? undefined : value);
}

async function endAll(readers: readonly Reader[]): Promise<void> {
  for (const reader of readers) await reader.return?.();
}

function* extend(row: string[], [next, ...others]: readonly string[][][]): Generator<string[]> {
  if (next === undefined) yield row;
  else for (const more of next) yield* extend([...row, ...more], others);
}

async function readAll(rows: AsyncIterable<string[]>): Promise<string[][]> {
  return await Array.fromAsync(rows);
}
