/**
 * Space for items that are passed on together: how many of them have room.
 *
 * @module
 */
import { showValue } from "../base/errors.ts";

/** Space for items that are passed on together, such as that of a command line. */
export interface ItemSpace {
  /** How much there is. */
  readonly room: number;
  /** Returns what an item takes; Infinity for one that cannot be passed on, which then has a range of its own. */
  readonly costOf: (item: string) => number;
}

/**
 * Returns what an item takes; `index` is its number in the list.
 *
 * @throws {TypeError} If that is less than 0, or no number.
 */
export function checkedCost(
  item: string,
  { space, index }: { space: ItemSpace; index: number },
): number {
  const cost: unknown = space.costOf(item);
  if (typeof cost === "number" && cost >= 0) return cost;
  throw new TypeError(
    `itemSpace.costOf must return a number of at least 0, or Infinity: it returned ${
      showValue(cost)
    } for item ${index}`,
  );
}

/** Returns about how many items have room in a range. If the list can be read only once, its items are assumed to be short. */
export function mostItems(
  items: Iterable<string> | AsyncIterable<string>,
  { room, costOf }: ItemSpace,
): number {
  try {
    const costs = Array.isArray(items) ? items.map(costOf).filter(Number.isFinite) : [costOf("")];
    const sum = costs.reduce((sum, cost) => sum + cost, 0);
    return sum === 0 ? Infinity : Math.max(1, Math.floor(room * costs.length / sum));
  } catch {
    // That is told when the item is read.
    return Infinity;
  }
}

/** Returns how many of the first items have room together, `count` at most and at least one. `at` returns an item. */
export function fittingItems(
  count: number,
  { at, space: { room, costOf } }: { at: (index: number) => string; space: ItemSpace },
): number {
  let [fitting, sum] = [1, costOf(at(0))];
  for (; fitting < count; fitting++) {
    sum += costOf(at(fitting));
    // Each cost was checked when its item was read. One that is no number now fits nowhere.
    if (!(sum <= room)) break;
  }
  return fitting;
}
