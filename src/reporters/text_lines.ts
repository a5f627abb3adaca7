/**
 * Encoding of rows as lines of text, in colour or not, in ASCII or not.
 *
 * @module
 */
import { asciiRow } from "../terminal/ascii.ts";
import { encodeRow, type Row } from "../terminal/style.ts";
import type { ResolvedReporterOptions } from "./options.ts";

/** Encodes rows as lines of text. */
export function encodeLines(
  rows: readonly Row[],
  { color, ascii }: Pick<ResolvedReporterOptions, "color" | "ascii">,
): string {
  return rows.map((row) => `${encodeRow(ascii ? asciiRow(row) : row, color)}\n`).join("");
}
