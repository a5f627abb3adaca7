/**
 * Text for terminals that have ASCII alone.
 *
 * @module
 */
import type { Row } from "./style.ts";
import { graphemes, textWidth } from "./width.ts";

/** What stands in for the characters that reporters use themselves. */
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

/** The row in ASCII, as wide as before; what has no likeness becomes question marks. */
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

/** Whether the locale says that a terminal does not understand UTF-8; one that says nothing is no reason to think so. */
export function lacksUnicode(env: (name: string) => string | undefined): boolean {
  const locale = env("LC_ALL") || env("LC_CTYPE") || env("LANG");
  return Boolean(locale) && !/utf-?8/i.test(locale!);
}
