/**
 * Parses numbers, sizes and times, as programs write them.
 *
 * @module
 */

const PREFIXES = "KMGTPE";

/** Digits in groups of three, or not in groups, with or without a fraction. */
const NUMBER = String
  .raw`(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d{1,3}(?:\.\d{3}){2,}|\d+(?:[.,]\d*)?|\.\d+)`;
const SIZE = new RegExp(`^([+-]?)(${NUMBER}) ?(?:([kKMGTPE])(i)?)?(?:B|b|bytes?)?$`);
const TIME = /^([+-]?)(?:(\d+):)?(?:(\d+):)?(\d+):(\d+(?:[.,]\d+)?)$/;

/**
 * Parses a quantity. Returns undefined if the text is none of these:
 *
 * - a number: `42`, `4.5`, `4,5`, `1,234,567`, `1.234.567`; a single comma before three digits separates thousands,
 *   a single point a fraction;
 * - a size: a number with one of the prefixes `k K M G T P E`, powers of 1000, or of 1024 with an `i` after it, and `B`
 *   or nothing behind: `488k`, `1.2M`, `3,4 GiB`, `7 bytes`;
 * - a time, in seconds: `01:23`, `1:02:03.45`, `2:01:02:03` with days.
 */
export function parseQuantity(text: string): number | undefined {
  const trimmed = text.trim();
  return parseSize(trimmed) ?? parseTime(trimmed);
}

/** Parses a whole number: `42`, `1,234`. Returns undefined for a size, a time or a fraction. */
export function parseCount(text: string): number | undefined {
  if (!/^\d+$|^\d{1,3}(?:,\d{3})+$/.test(text.trim())) return undefined;
  const count = Number(text.replaceAll(",", ""));
  return Number.isSafeInteger(count) ? count : undefined;
}

function parseSize(text: string): number | undefined {
  const [, sign, digits, prefix, binary] = SIZE.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const power = prefix === undefined ? 0 : PREFIXES.indexOf(prefix.toUpperCase()) + 1;
  const size = parseNumber(digits) * (binary ? 1024 : 1000) ** power;
  return sign === "-" ? -size : size;
}

function parseNumber(digits: string): number {
  const isGrouped = /^\d{1,3}(?:,\d{3})+(?:\.|$)/.test(digits);
  if (isGrouped) return Number(digits.replaceAll(",", ""));
  const isGroupedByPoints = digits.indexOf(".") !== digits.lastIndexOf(".");
  return Number(isGroupedByPoints ? digits.replaceAll(".", "") : digits.replace(",", "."));
}

function parseTime(text: string): number | undefined {
  const [, sign, ...parts] = TIME.exec(text) ?? [];
  if (parts.length === 0) return undefined;
  const [first, second, third, fourth] = parts;
  // With three parts, the first of them is what the days would be.
  const [days, hours] = second === undefined ? [0, first ?? 0] : [first, second];
  const seconds = Number(fourth!.replace(",", ".")) + 60 * Number(third) + 3600 * Number(hours) +
    86_400 * Number(days);
  return sign === "-" ? -seconds : seconds;
}
