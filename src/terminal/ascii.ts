/**
 * Replaces characters that a terminal without Unicode cannot show.
 *
 * @module
 */
import type { Row } from "./style.ts";
import { graphemes, textWidth } from "./width.ts";

/** ASCII characters for those that reporters draw with. */
const SUBSTITUTES: Readonly<Record<string, string>> = {
  "╭": "+",
  "╮": "+",
  "╰": "+",
  "╯": "+",
  "│": "|",
  "─": "-",
  "━": "#",
  "…": "~",
  "·": "-",
  "–": "-",
};

/** Returns the row in ASCII, of the same width. A character without a substitute becomes question marks. */
export function asciiRow(row: Row): Row {
  return row.map(({ text, style }) => ({ text: toAscii(text), style }));
}

function toAscii(text: string): string {
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  return Array.from(
    graphemes(text),
    (segment) =>
      segment <= "\x7f" ? segment : SUBSTITUTES[segment] ?? "?".repeat(textWidth(segment)),
  ).join("");
}
