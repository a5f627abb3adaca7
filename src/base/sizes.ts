/**
 * Sizes in bytes, as people write them.
 *
 * @module
 */

/** The letters of the units, each 1024 times the one before. */
const UNITS = "KMGT";
const SIZE = /^(\d+(?:\.\d+)?|\.\d+)\s*(?:([kmgt])(?:i?b)?|b)?$/i;

/**
 * Reads `512M`, `1.5 GiB`, `4GB`, `1048576`: a number with one of the units K, M, G, T, in powers of 1024. Upper and lower case
 * mean the same, and so do `M`, `MB` and `MiB`.
 *
 * @returns Whole bytes, or `undefined` if the text is no size.
 */
export function parseSize(text: string): number | undefined {
  const [match, number, unit = ""] = SIZE.exec(text.trim()) ?? [];
  if (match === undefined) return undefined;
  const power = unit === "" ? 0 : UNITS.indexOf(unit.toUpperCase()) + 1;
  const bytes = Math.round(Number(number) * 1024 ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
