/**
 * Styled text: what stands in a row, and how it is encoded for a terminal.
 *
 * @module
 */
import { fit, textWidth, truncate } from "./width.ts";

/** How a span looks: names of the sixteen colours and attributes that every terminal has. */
export type Style = "plain" | "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** A piece of a row in one style. Its text is sanitized. */
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

/** The columns that a row takes. */
export function rowWidth(row: Row): number {
  return row.reduce((sum, { text }) => sum + textWidth(text), 0);
}

/** Cuts a row to `width` columns. */
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

/** Cuts or fills a row to exactly `width` columns. */
export function fitRow(row: Row, width: number): Row {
  const cut = truncateRow(row, width);
  return [...cut, span(fit("", width - rowWidth(cut)))];
}

/** A row without the spaces at its end. */
export function trimRow(row: Row): Row {
  const last = row.findLastIndex(({ text }) => text.trimEnd() !== "");
  return row.slice(0, last + 1).map(({ text, style }, index) => ({
    text: index === last ? text.trimEnd() : text,
    style,
  }));
}

/** A row as bytes for a terminal, without the spaces at its end. */
export function encodeRow(row: Row, color: boolean): string {
  return encodeSpans(trimRow(row), color);
}

/** Spans as bytes for a terminal. */
export function encodeSpans(spans: readonly Span[], color: boolean): string {
  return spans.map(({ text, style }) => {
    const isStyled = color && SGR[style] !== "" && text.trim() !== "";
    return isStyled ? `\x1b[${SGR[style]}m${text}\x1b[0m` : text;
  }).join("");
}
