/**
 * Text in terminal cells.
 *
 * @module
 */
import { unicodeWidth } from "@std/cli/unicode-width";

const ASCII = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The columns that sanitized text takes. */
export function textWidth(text: string): number {
  return ASCII.test(text) ? text.length : unicodeWidth(text);
}

/** Cuts sanitized text to `width` columns, its last one an ellipsis where something was cut. */
export function truncate(text: string, width: number): string {
  if (text.length <= width && ASCII.test(text)) return text;
  // Ten marks on every character are more than any script has.
  text = text.slice(0, 11 * width + 11).toWellFormed();
  if (textWidth(text) <= width) return text;
  if (width <= 0) return "";
  let kept = "";
  let room = width - 1;
  for (const { segment } of graphemes.segment(text)) {
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
