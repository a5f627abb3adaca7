/**
 * A row as cells of the screen, and what changes one into another.
 *
 * @module
 */
import { cursorForward, eraseLineEnd } from "@cliffy/ansi/ansi-escapes";
import { encodeSpans, type Row, type Span, span, type Style, trimRow } from "./style.ts";
import { graphemes, isSimple, textWidth } from "./width.ts";

/** What a column shows; the second column of a wide character holds the empty text. */
export interface Cell {
  readonly text: string;
  readonly style: Style;
}

/** Moving the cursor over so few cells costs as much as writing them again. */
const MIN_GAP = 5;

/** The cells of a row, without the spaces at its end. */
export function toCells(row: Row): Cell[] {
  const cells: Cell[] = [];
  for (const { text, style } of trimRow(row)) {
    if (isSimple(text)) {
      for (const character of text) cells.push({ text: character, style });
      continue;
    }
    for (const segment of graphemes(text)) {
      const width = textWidth(segment);
      // What takes no column belongs to what stands before it.
      if (width === 0) continue;
      cells.push({ text: segment, style });
      for (let column = 1; column < width; column++) cells.push({ text: "", style });
    }
  }
  return cells;
}

/** The bytes that make one row of another, the cursor at column 1 before; nothing when they look the same. */
export function encodeChanges(
  { before, after }: { before: readonly Cell[]; after: readonly Cell[] },
  color: boolean,
): string {
  let bytes = "";
  let column = 0;
  for (const [start, end] of changedRuns(before, after)) {
    const gap = start - column;
    bytes += (gap > 0 ? cursorForward(gap) : "") +
      encodeSpans(toSpans(after.slice(start, end)), color);
    column = end;
  }
  if (before.length <= after.length) return bytes;
  const gap = after.length - column;
  return bytes + (gap > 0 ? cursorForward(gap) : "") + eraseLineEnd;
}

/** Where cells differ, as half-open runs of columns; those that are close to each other are one. */
function changedRuns(before: readonly Cell[], after: readonly Cell[]): [number, number][] {
  const runs: [number, number][] = [];
  for (let column = 0; column < after.length; column++) {
    if (isSame(before[column], after[column]!)) continue;
    let start = column;
    let end = column + 1;
    // A wide character is written whole.
    while (start > 0 && after[start]!.text === "") start--;
    while (end < after.length && after[end]!.text === "") end++;
    const last = runs.at(-1);
    if (last !== undefined && start - last[1] < MIN_GAP) last[1] = Math.max(last[1], end);
    else runs.push([start, end]);
    column = end - 1;
  }
  return runs;
}

/** Spaces look the same in every style that there is, beside nothing at all they do not. */
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
