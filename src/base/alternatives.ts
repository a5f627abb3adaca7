/**
 * Alternatives in a sentence.
 *
 * @module
 */

/** Joins words of which one is to be chosen: `a`, `a or b`, or `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  const [last = "", ...others] = words.toReversed();
  return others.length === 0 ? last : `${others.toReversed().join(", ")} or ${last}`;
}
