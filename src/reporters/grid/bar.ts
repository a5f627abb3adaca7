/**
 * Progress bar.
 *
 * @module
 */
import { type Span, span } from "../../terminal/style.ts";

/** Draws a bar of exactly `width` columns; `share` is from 0 to 1. */
export function drawBar(share: number, width: number, style: Span["style"]): Span[] {
  const filled = Math.max(0, Math.min(width, Math.floor(share * width)));
  return [span("━".repeat(filled), style), span("─".repeat(Math.max(0, width - filled)), "dim")];
}
