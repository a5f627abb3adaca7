/**
 * Cells of a row, and the bytes that change one row into another.
 *
 * @module
 */
import { cursorForward, eraseLineEnd } from "@cliffy/ansi/ansi-escapes";
import { type Colors, styleCode } from "./colors.ts";
import { type Row, type Style, trimRow } from "./style.ts";
import { graphemes, isSimple, textWidth } from "./width.ts";

/**
 * The columns of a row: two lists of the same length, as an object for each would take more time. (Rows watch and frame of
 * bench/.) The second column of a wide character holds the empty text.
 */
export interface Cells {
  readonly texts: readonly string[];
  readonly styles: readonly Style[];
}

/** SGR reset, ECMA-48 8.3.117: without a number it is the same, and shorter. */
const NO_STYLE = "\x1b[m";

/** The number of pieces in a style from which it may pay to write them before the others. */
const MIN_STYLED = 3;

/** The shortest run of unchanged cells that the cursor skips: shorter ones cost fewer bytes when written again. */
const MIN_GAP = 5;

/** Returns the cells of a row, without the spaces at its end. */
export function toCells(row: Row): Cells {
  const texts: string[] = [];
  const styles: Style[] = [];
  for (const { text, style } of trimRow(row)) {
    if (isSimple(text)) {
      for (let at = 0; at < text.length; at++) {
        texts.push(text[at]!);
        styles.push(style);
      }
      continue;
    }
    for (const segment of graphemes(text)) {
      const width = textWidth(segment);
      // A segment of no width combines with the character before it.
      if (width === 0) continue;
      for (let column = 0; column < width; column++) {
        texts.push(column === 0 ? segment : "");
        styles.push(style);
      }
    }
  }
  return { texts, styles };
}

/**
 * Returns the bytes that change one row into another. The cursor must be at column 1 of the row. Returns no bytes if both
 * rows look the same.
 */
export function encodeChanges(
  { before, after }: { before: Cells; after: Cells },
  colors: Colors,
): string {
  const pieces = changedRuns(before, after).flatMap((run) => toPieces(after, run, colors));
  const { length } = after.texts;
  const end = before.texts.length > length ? length : undefined;
  const inOrder = encodePieces(pieces, end);
  // Many short pieces in the same colour, such as those of bars side by side, are cheaper one after the other.
  const styled = pieces.filter(({ code }) => code !== "").length;
  if (styled < MIN_STYLED || styled === pieces.length) return inOrder;
  const byCode = Map.groupBy(pieces, ({ code }) => code);
  const plain = byCode.get("");
  byCode.delete("");
  const passes = [...byCode.values(), ...(plain === undefined ? [] : [plain])].flat();
  const inPasses = encodePieces(passes, end);
  return inPasses.length < inOrder.length ? inPasses : inOrder;
}

/** A part of a row that is written, in one style. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The escape code of its style; empty if it has none. */
  readonly code: string;
}

/**
 * Returns the bytes that write pieces from column 1 on, with the fewest changes of the style, and erase the row from a column
 * on. (Rows watch and frame of bench/.)
 */
function encodePieces(pieces: readonly Piece[], eraseFrom: number | undefined): string {
  let bytes = "";
  let column = 0;
  let active = "";
  for (const { start, end, text, code } of pieces) {
    if (start < column) {
      bytes += "\r";
      column = 0;
    }
    if (start > column) bytes += cursorForward(start - column);
    if (code !== active) {
      bytes += `${active === "" ? "" : NO_STYLE}${code === "" ? "" : `\x1b[${code}m`}`;
      active = code;
    }
    bytes += text;
    column = end;
  }
  if (active !== "") bytes += NO_STYLE;
  if (eraseFrom === undefined) return bytes;
  return `${bytes}${eraseFrom > column ? cursorForward(eraseFrom - column) : ""}${eraseLineEnd}`;
}

/** Returns the columns in which cells differ, as half-open runs. Runs that are close to each other are joined. */
function changedRuns(before: Cells, after: Cells): [number, number][] {
  const runs: [number, number][] = [];
  const { texts } = after;
  for (let column = 0; column < texts.length; column++) {
    if (isSame(before, after, column)) continue;
    let start = column;
    let end = column + 1;
    // A wide character must be written as a whole.
    while (start > 0 && texts[start] === "") start--;
    while (end < texts.length && texts[end] === "") end++;
    const last = runs.at(-1);
    if (last !== undefined && start - last[1] < MIN_GAP) last[1] = Math.max(last[1], end);
    else runs.push([start, end]);
    column = end - 1;
  }
  return runs;
}

/** Returns whether two cells look the same. A space looks the same in every style; a missing cell differs from any. */
function isSame(before: Cells, after: Cells, column: number): boolean {
  const text = after.texts[column];
  return before.texts[column] === text &&
    (before.styles[column] === after.styles[column] || text === " ");
}

function toPieces(
  { texts, styles }: Cells,
  [start, end]: readonly [number, number],
  colors: Colors,
): Piece[] {
  const pieces: Piece[] = [];
  for (let first = start; first < end;) {
    const style = styles[first]!;
    let text = "";
    let next = first;
    for (; next < end && styles[next] === style; next++) text += texts[next];
    const code = text.trim() === "" ? "" : styleCode(style, colors);
    pieces.push({ start: first, end: next, text, code });
    first = next;
  }
  return pieces;
}
