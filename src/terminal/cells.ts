/**
 * Cells of a row, and the bytes that change one row into another.
 *
 * @module
 */
import { cursorForward, eraseLineEnd } from "@cliffy/ansi/ansi-escapes";
import type { Colors } from "./colors.ts";
import { encodeSpans, type Row, type Span, span, type Style, trimRow } from "./style.ts";
import { graphemes, isSimple, textWidth } from "./width.ts";

/** One column of a row. The second column of a wide character holds the empty text. */
export interface Cell {
  readonly text: string;
  readonly style: Style;
}

/** The shortest run of unchanged cells that the cursor skips: shorter ones cost fewer bytes when written again. */
const MIN_GAP = 5;

/** Returns the cells of a row, without the spaces at its end. */
export function toCells(row: Row): Cell[] {
  const cells: Cell[] = [];
  for (const { text, style } of trimRow(row)) {
    if (isSimple(text)) {
      for (const character of text) cells.push({ text: character, style });
      continue;
    }
    for (const segment of graphemes(text)) {
      const width = textWidth(segment);
      // A segment of no width combines with the character before it.
      if (width === 0) continue;
      cells.push({ text: segment, style });
      for (let column = 1; column < width; column++) cells.push({ text: "", style });
    }
  }
  return cells;
}

/**
 * Returns the bytes that change one row into another. The cursor must be at column 1 of the row. Returns no bytes if both
 * rows look the same.
 */
export function encodeChanges(
  { before, after }: { before: readonly Cell[]; after: readonly Cell[] },
  colors: Colors,
): string {
  let bytes = "";
  let column = 0;
  for (const [start, end] of changedRuns(before, after)) {
    const gap = start - column;
    bytes += (gap > 0 ? cursorForward(gap) : "") +
      encodeSpans(toSpans(after.slice(start, end)), colors);
    column = end;
  }
  if (before.length <= after.length) return bytes;
  const gap = after.length - column;
  return bytes + (gap > 0 ? cursorForward(gap) : "") + eraseLineEnd;
}

/** Returns the columns in which cells differ, as half-open runs. Runs that are close to each other are joined. */
function changedRuns(before: readonly Cell[], after: readonly Cell[]): [number, number][] {
  const runs: [number, number][] = [];
  for (let column = 0; column < after.length; column++) {
    if (isSame(before[column], after[column]!)) continue;
    let start = column;
    let end = column + 1;
    // A wide character must be written as a whole.
    while (start > 0 && after[start]!.text === "") start--;
    while (end < after.length && after[end]!.text === "") end++;
    const last = runs.at(-1);
    if (last !== undefined && start - last[1] < MIN_GAP) last[1] = Math.max(last[1], end);
    else runs.push([start, end]);
    column = end - 1;
  }
  return runs;
}

/** Returns whether two cells look the same. A space looks the same in every style; a missing cell differs from any. */
function isSame(a: Cell | undefined, b: Cell): boolean {
  if (a === undefined) return false;
  return a.text === b.text && (a.style === b.style || a.text === " ");
}

function toSpans(cells: readonly Cell[]): Span[] {
  const spans: Span[] = [];
  for (let first = 0; first < cells.length;) {
    const { style } = cells[first]!;
    let next = first + 1;
    while (next < cells.length && cells[next]!.style === style) next++;
    spans.push(span(cells.slice(first, next).map(({ text }) => text).join(""), style));
    first = next;
  }
  return spans;
}
