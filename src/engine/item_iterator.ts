/**
 * Iterators of the items that a caller gives.
 *
 * @module
 */
import { showValue } from "../base/errors.ts";

/** Returns the iterator of items. */
export function iteratorOf(
  items: Iterable<string> | AsyncIterable<string>,
): Iterator<string> | AsyncIterator<string> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

/** Returns the next result of an iterator. Rejects if it is none: an iterator in JavaScript may return anything. */
export async function nextResult(
  iterator: Iterator<string> | AsyncIterator<string>,
): Promise<IteratorResult<string>> {
  const result: unknown = await iterator.next();
  if (typeof result === "object" && result !== null) return result as IteratorResult<string>;
  throw new TypeError(`next() must return { done, value }: it returned ${showValue(result)}`);
}
