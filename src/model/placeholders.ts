/**
 * Placeholders in the arguments of a command: finds them, and tells whether they name the range.
 *
 * @module
 */

/** A doubled brace, or a word in braces. Any other brace stands for itself, as in awk or JSON. */
export const PLACEHOLDER = /\{\{|\{([\w.]*)\}/g;

/** Returns the words in braces of an argument, with `undefined` for each doubled brace. */
export function placeholdersIn(arg: string): (string | undefined)[] {
  return Array.from(arg.matchAll(PLACEHOLDER), ([, name]) => name);
}

/** Returns whether a command names the number of its range. */
export function namesRange(argv: readonly string[]): boolean {
  return argv.flatMap(placeholdersIn).includes("range");
}

/** The part of its range that a command names: both ends, the start only, or nothing. */
export type NamedRange = "whole" | "start" | "nothing";

/** Returns which part of its range a command names. Without the end, it cannot know how many items to do. */
export function namedRange(argv: readonly string[]): NamedRange {
  const names = new Set(argv.flatMap(placeholdersIn));
  if (names.has("end") || names.has("count")) return "whole";
  return names.has("start") ? "start" : "nothing";
}
