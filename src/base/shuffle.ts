/**
 * Shuffle that a seed repeats.
 *
 * @module
 */

/**
 * Puts the elements of a list into a random order, in place: the same one for the same seed and length, in all versions.
 *
 * @example
 * ```ts
 * import { shuffle } from "./shuffle.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(shuffle(["a", "b", "c"], { seed: 7 }), shuffle(["a", "b", "c"], { seed: 7 }));
 * ```
 */
export function shuffle<T>(list: T[], { seed }: { seed: number }): T[] {
  const random = mulberry32(seed);
  // Fisher and Yates.
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [list[last], list[other]] = [list[other]!, list[last]!];
  }
  return list;
}

/** Returns a generator of numbers from 0 to 1: mulberry32 (T. Ettinger, 2017). */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
