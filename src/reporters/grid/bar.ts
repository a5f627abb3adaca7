/**
 * Progress bar.
 *
 * @module
 */
import { type Span, span } from "../../terminal/style.ts";

/** A part of a bar in its own style; its share is from 0 to 1. */
export interface BarPart {
  readonly share: number;
  readonly style: Span["style"];
}

/**
 * Draws a bar of exactly `width` columns. Its parts follow each other from the left. The last one has at least one column
 * unless its share is 0, so that a single failure among thousands of ranges is seen.
 */
export function drawBar(parts: readonly [BarPart, ...BarPart[]], width: number): Span[] {
  const spans: Span[] = [];
  let left = Math.max(0, width);
  for (const [index, { share, style }] of parts.entries()) {
    const isOnly = index < parts.length - 1 || parts.length === 1;
    const least = isOnly || share <= 0 ? 0 : 1;
    // A part that is not there yet leaves room for the last one, if that is there.
    const kept = index < parts.length - 1 && parts.at(-1)!.share > 0 ? 1 : 0;
    const columns = Math.min(Math.max(least, Math.floor(share * width)), Math.max(0, left - kept));
    spans.push(span("━".repeat(columns), style));
    left -= columns;
  }
  return [...spans, span("─".repeat(left), "dim")];
}
