/**
 * Rows of styled text, and their encoding for a terminal.
 *
 * @module
 */
import { type Colors, type Style, styleCode } from "./colors.ts";
import { fit, textWidth, truncate } from "./width.ts";

export type { Style };

/** A piece of a row in one style. Its text must be sanitized. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** One line of the screen. */
export type Row = readonly Span[];

/** Makes a span. */
export function span(text: string, style: Style = "plain"): Span {
  return { text, style };
}

/** Returns the width of a row in columns. */
export function rowWidth(row: Row): number {
  return row.reduce((sum, { text }) => sum + textWidth(text), 0);
}

/** Shortens a row to at most `width` columns. */
export function truncateRow(row: Row, width: number): Row {
  const kept: Span[] = [];
  for (const { text, style } of row) {
    const cut = truncate(text, width);
    kept.push({ text: cut, style });
    width -= textWidth(cut);
    if (cut !== text) break;
  }
  return kept;
}

/** Shortens a row or pads it with spaces to exactly `width` columns. */
export function fitRow(row: Row, width: number): Row {
  const cut = truncateRow(row, width);
  return [...cut, span(fit("", width - rowWidth(cut)))];
}

/** Removes the spaces at the end of a row. */
export function trimRow(row: Row): Row {
  const last = row.findLastIndex(({ text }) => text.trimEnd() !== "");
  return row.slice(0, last + 1).map(({ text, style }, index) => ({
    text: index === last ? text.trimEnd() : text,
    style,
  }));
}

/** Encodes a row for a terminal, without the spaces at its end. */
export function encodeRow(row: Row, colors: Colors): string {
  return encodeSpans(trimRow(row), colors);
}

/** Encodes spans for a terminal. */
export function encodeSpans(spans: readonly Span[], colors: Colors): string {
  return spans.map(({ text, style }) => {
    const code = text.trim() === "" ? "" : styleCode(style, colors);
    return code === "" ? text : `\x1b[${code}m${text}\x1b[0m`;
  }).join("");
}
