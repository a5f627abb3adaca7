/**
 * Items of strings: the rows of one source or of several, with their columns.
 *
 * @module
 */
import { combine, countRows, type ItemList } from "./combinations.ts";
import { type Columns, joinValues, type LineFormat, splitValues } from "./columns.ts";
import { UsageError } from "./errors.ts";
import { openList, type OpenOptions, type StringSource } from "./sources.ts";

/** Items, their number if it is known, and their columns if they have any. */
export interface Items {
  readonly items: Iterable<string> | AsyncIterable<string>;
  readonly totalItems?: number;
  readonly columns?: Columns;
}

/** Options of {@linkcode openItems}. */
export interface ItemsOptions extends OpenOptions {
  /** Whether the first item of each list has the names of its columns. */
  readonly hasHeader: boolean;
  /** Whether all lists go together, the first items with the first. */
  readonly isLinked: boolean;
}

/**
 * Opens the sources of a job. An item is one string: that of its source, or of several sources their values, as
 * {@linkcode joinValues} writes them. So a journal finds it again, and its columns follow from it.
 *
 * @throws {UsageError} If one cannot be read, or if two are stdin.
 */
export async function openItems(
  sources: readonly StringSource[],
  { hasHeader, isLinked, ...options }: ItemsOptions,
): Promise<Items> {
  if (sources.filter(({ kind }) => kind === "stdin").length > 1) {
    throw new UsageError("stdin can be one list of items only: current value is two of them");
  }
  const lists: ItemList[] = [];
  const names: string[] = [];
  for (const source of sources) {
    const list = await openList(source, options);
    const { header, rest } = hasHeader ? await takeHeader(list) : { header: [], rest: list };
    lists.push(rest);
    for (const line of header) {
      names.push(...(options.format?.valuesOf(line) ?? [line]).map((name) => name.trim()));
    }
  }
  const columns = columnsOf({
    lists: lists.length,
    names: hasHeader ? names : undefined,
    format: options.format,
  });
  const [only] = lists;
  const isOne = lists.length === 1;
  const totalItems = isOne ? only!.count : countRows(lists, { isLinked });
  // A run of nothing does not wait for a stream to say so.
  const items = totalItems === 0 ? [] : isOne ? only!.items : rowsOf(lists, isLinked);
  return { items, totalItems, columns };
}

/** Items that an earlier run has read. */
export interface RecordedItems {
  readonly items: readonly string[];
  /** The number of lists that each of them comes from. */
  readonly lists: number;
  /** The names of their columns, if they have a header. */
  readonly names?: readonly string[];
}

/** Returns the items that an earlier run has read. */
export function itemsOfRecord(
  { items, lists, names }: RecordedItems,
  format: LineFormat | undefined,
): Items {
  return { items, totalItems: items.length, columns: columnsOf({ lists, names, format }) };
}

/** Takes the first item of a list off. A list without items has no header. */
async function takeHeader(list: ItemList): Promise<{ header: string[]; rest: ItemList }> {
  const iterator = Symbol.asyncIterator in list.items
    ? list.items[Symbol.asyncIterator]()
    : list.items[Symbol.iterator]();
  const { done, value } = await iterator.next();
  const count = list.count === undefined ? undefined : Math.max(0, list.count - 1);
  const items: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => await iterator.next(),
      return: async () => await iterator.return?.() ?? { done: true, value: undefined },
    }),
  };
  return { header: done ? [] : [value], rest: { ...list, items, count } };
}

function columnsOf(
  { lists, names, format }: { lists: number; names?: readonly string[]; format?: LineFormat },
): Columns | undefined {
  const valuesOf = format?.valuesOf;
  if (lists > 1) {
    const split = valuesOf === undefined
      ? splitValues
      : (item: string) => splitValues(item).flatMap(valuesOf);
    return { names, count: valuesOf === undefined ? lists : undefined, valuesOf: split };
  }
  if (valuesOf !== undefined) return { names, valuesOf };
  return names === undefined ? undefined : { names, count: 1, valuesOf: (item) => [item] };
}

async function* rowsOf(lists: readonly ItemList[], isLinked: boolean): AsyncGenerator<string> {
  for await (const row of combine(lists, { isLinked })) yield joinValues(row);
}
