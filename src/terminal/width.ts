/**
 * Width of text in columns, and cutting text to a width.
 *
 * @module
 */
import { unicodeWidth } from "@std/cli/unicode-width";

/** Characters that take one column each and never combine: ASCII, middle dot, dashes, ellipsis, rules and blocks. */
const SIMPLE = /^[\x20-\x7e\u00b7\u2013\u2014\u2026\u2500-\u259f]*$/;
/** Created on first use, as that takes 10 ms. (Row start of bench/.) */
let segmenter: Intl.Segmenter | undefined;

/** Returns whether each character takes one column and combines with no other. */
export function isSimple(text: string): boolean {
  return SIMPLE.test(text);
}

/** Splits text into graphemes: the characters as a person sees them. */
export function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/** Returns the width of sanitized text in columns. */
export function textWidth(text: string): number {
  return isSimple(text) ? text.length : unicodeWidth(text);
}

/** Shortens sanitized text to at most `width` columns. If something was cut, the last column is an ellipsis. */
export function truncate(text: string, width: number): string {
  if (text.length <= width && isSimple(text)) return text;
  // No script has more than ten marks on a character, so the rest cannot be shown.
  text = text.slice(0, 11 * width + 11).toWellFormed();
  if (textWidth(text) <= width) return text;
  if (width <= 0) return "";
  let kept = "";
  let room = width - 1;
  for (const segment of graphemes(text)) {
    room -= textWidth(segment);
    if (room < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Shortens sanitized text to at most `width` columns, and keeps its end. If something was cut, the first column is an ellipsis. */
export function truncateStart(text: string, width: number): string {
  // See truncate().
  text = text.slice(-(11 * width + 11)).toWellFormed();
  if (textWidth(text) <= width) return text;
  if (width <= 0) return "";
  const segments = Array.from(graphemes(text));
  let room = width - 1;
  let first = segments.length;
  while (first > 0 && (room -= textWidth(segments[first - 1]!)) >= 0) first--;
  return `…${segments.slice(first).join("")}`;
}

/** Shortens sanitized text or pads it with spaces to exactly `width` columns. */
export function fit(text: string, width: number, align: "left" | "right" = "left"): string {
  const cut = truncate(text, width);
  const space = " ".repeat(Math.max(0, width - textWidth(cut)));
  return align === "left" ? cut + space : space + cut;
}
