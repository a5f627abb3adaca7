/**
 * Slips of the keyboard: how many letters are between two words.
 *
 * @module
 */

/** Counts the letters to be changed, added, left out, or swapped with the next one, to get from a word to another one. */
export function countSlips(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 2) return Infinity;
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      next.push(Math.min(
        row[j]! + 1,
        next[j - 1]! + 1,
        row[j - 1]! + (isSame ? 0 : 1),
        isSwap ? before[j - 2]! + 1 : Infinity,
      ));
    }
    before = row;
    row = next;
  }
  return row[to.length]!;
}
