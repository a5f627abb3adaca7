/**
 * Figures as programs print them.
 *
 * @module
 */

const FACTORS: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5 };

/**
 * Reads a time (`01:02:03.4`, `2:03`), a count (`1,234,567`) or a size (`1.5M`, `20 kB`, `3.2GiB`): seconds, a number, or
 * bytes, with a factor of 1024 where there is an `i`, and 1000 otherwise. A comma before three digits parts thousands; any
 * other one is a decimal point.
 *
 * @returns Nothing when the text is none of these.
 *
 * @example
 * ```ts
 * import { parseQuantity } from "./quantity.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseQuantity("01:00:02.5"), 3602.5);
 * assertEquals(parseQuantity("30,000,000"), 30_000_000);
 * assertEquals(parseQuantity("1.5 KiB"), 1536);
 * assertEquals(parseQuantity("N/A"), undefined);
 * ```
 */
export function parseQuantity(text: string): number | undefined {
  const time = /^(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (time !== null) {
    const [h = "0", m = "0", s = "0"] = time.slice(1);
    return Number(h) * 3600 + Number(m) * 60 + Number(s);
  }
  const size = /^(\d[\d.,]*)\s*(?:([kmgtp])(i)?)?b?$/i.exec(text);
  if (size === null) return undefined;
  const [, digits = "", unit = "", binary] = size;
  const plain = digits.replace(/,(?=\d{3}(?!\d))/g, "").replace(",", ".");
  const value = Number(plain) * (binary ? 1024 : 1000) ** (FACTORS[unit.toLowerCase()] ?? 0);
  return Number.isNaN(value) ? undefined : value;
}
