/**
 * Rows of styled text, and their encoding for a terminal.
 *
 * @module
 */
import { fit, textWidth, truncate } from "./width.ts";

/** A colour or attribute that every terminal has. */
export type Style = "plain" | "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** A piece of a row in one style. Its text must be sanitized. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** One line of the screen. */
export type Row = readonly Span[];

// Select Graphic Rendition, ECMA-48 8.3.117.
const SGR: Record<Style, string> = {
  plain: "",
  bold: "1",
  dim: "2",
  red: "31",
  green: "32",
  yellow: "33",
  cyan: "36",
};

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
export function encodeRow(row: Row, color: boolean): string {
  return encodeSpans(trimRow(row), color);
}

/** Encodes spans for a terminal. */
export function encodeSpans(spans: readonly Span[], color: boolean): string {
  return spans.map(({ text, style }) => {
    const isStyled = color && SGR[style] !== "" && text.trim() !== "";
    return isStyled ? `\x1b[${SGR[style]}m${text}\x1b[0m` : text;
  }).join("");
}
