/**
 * Text in terminal cells.
 *
 * @module
 */
import { unicodeWidth } from "@std/cli/unicode-width";

/** Characters of one column each that are no part of a longer one: ASCII, rules, bars, and what stands between figures. */
const SIMPLE = /^[\x20-\x7e\u00b7\u2013\u2014\u2026\u2500-\u259f]*$/;
/** Made when there is need for it, as that takes 10 ms. (Row start of bench/.) */
let segmenter: Intl.Segmenter | undefined;

/** Whether each character takes one column and stands for itself. */
export function isSimple(text: string): boolean {
  return SIMPLE.test(text);
}

/** Cuts text into what a person takes for characters. */
export function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/** The columns that sanitized text takes. */
export function textWidth(text: string): number {
  return isSimple(text) ? text.length : unicodeWidth(text);
}

/** Cuts sanitized text to `width` columns, its last one an ellipsis where something was cut. */
export function truncate(text: string, width: number): string {
  if (text.length <= width && isSimple(text)) return text;
  // Ten marks on every character are more than any script has.
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

/** Cuts or fills sanitized text to exactly `width` columns. */
export function fit(text: string, width: number, align: "left" | "right" = "left"): string {
  const cut = truncate(text, width);
  const space = " ".repeat(Math.max(0, width - textWidth(cut)));
  return align === "left" ? cut + space : space + cut;
}
