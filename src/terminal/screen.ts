/**
 * Region of the terminal in which each frame is drawn over the one before.
 *
 * @module
 */
import {
  cursorDown,
  cursorHide,
  cursorShow,
  cursorUp,
  eraseDown,
  eraseLine,
  eraseLineEnd,
} from "@cliffy/ansi/ansi-escapes";
import type { Colors } from "./colors.ts";
import { encodeRow, type Row, rowWidth, trimRow } from "./style.ts";
import { type Cells, encodeChanges, toCells } from "./cells.ts";

// Synchronized output (DEC private mode 2026) and SGR reset: Cliffy has neither.
const BEGIN_UPDATE = "\x1b[?2026h";
const END_UPDATE = "\x1b[?2026l";
const RESET_STYLE = "\x1b[0m";

/** How many rows the cursor goes down by line feeds: more of them are longer than a sequence. */
const MAX_LINE_FEEDS = 3;

/** Restores the terminal, even if a frame was cut off in the middle. */
export const RESTORE = END_UPDATE + RESET_STYLE + cursorShow;

interface Size {
  readonly columns: number;
  readonly rows: number;
}

interface PaintedRow {
  readonly row: Row;
  /** Computed when a change of the row is drawn. */
  cells?: Cells;
}

/**
 * Turns frames into bytes: the spans that changed, as one synchronized update. Between frames the cursor is hidden, at
 * column 1 below the last row. A frame that becomes lower keeps its height until the terminal is resized, so that the
 * text below it does not jump.
 */
export class Screen {
  readonly #color: Colors;
  #painted: readonly PaintedRow[] = [];
  /** Widths of the rows that left the screen at its top when the terminal wrapped them. A higher terminal shows them again. */
  #outOfReach: readonly number[] = [];
  #size: Size = { columns: 0, rows: 0 };
  #isHidden = false;

  constructor({ color }: { color: Colors }) {
    this.#color = color;
  }

  /** Whether a frame is on the terminal. */
  get isDrawn(): boolean {
    return this.#isHidden;
  }

  /** Returns the bytes that draw a frame, and `lines` that stay above it. Returns no bytes if nothing changed. */
  draw(rows: readonly Row[], size: Size, lines: readonly Row[] = []): string {
    const isResized = size.columns !== this.#size.columns || size.rows !== this.#size.rows;
    const height = isResized ? rows.length : Math.max(rows.length, this.#painted.length);
    const next = Array.from({ length: height }, (_, index) => ({ row: rows[index] ?? [] }));
    const above = lines.map((row) => ({ row }));
    const bytes = isResized || above.length > 0
      ? this.#repaint([...above, ...next], size)
      : this.#update(next);
    if (lines.length > 0) this.#outOfReach = [];
    this.#painted = next;
    this.#size = size;
    if (bytes === "") return "";
    const hide = this.#isHidden ? "" : cursorHide;
    this.#isHidden = true;
    // The terminal echoes typed keys, such as ^C, at the cursor: erase them.
    return `${BEGIN_UPDATE}${hide}\r${bytes}${eraseLineEnd}${END_UPDATE}`;
  }

  /** Returns the bytes that erase the frame and put the cursor back to where it began. */
  clear(size: Size): string {
    if (!this.#isHidden) return "";
    // Row by row: some terminals push a screen that is erased with one sequence into the scrollback.
    const erased = (cursorUp(1) + eraseLine).repeat(this.#reflow(size));
    this.#painted = this.#outOfReach = [];
    this.#isHidden = false;
    return `${BEGIN_UPDATE}\r${eraseDown()}${erased}${RESTORE}`;
  }

  #repaint(rows: readonly PaintedRow[], size: Size): string {
    const up = this.#reflow(size);
    // A wrapped line does not overwrite the text to the right of its end.
    const isWrapped = rows.some((painted) => widthOf(painted) > size.columns);
    const erased = isWrapped ? moveUp(up) + `${eraseLine}\r\n`.repeat(up) : "";
    return erased + repaint(rows.map(({ row }) => encodeRow(row, this.#color)), up);
  }

  /** Returns the bytes that write the changed parts of the rows. */
  #update(next: readonly PaintedRow[]): string {
    let bytes = "";
    let at = this.#painted.length;
    for (const [index, after] of next.entries()) {
      const before = this.#painted[index];
      if (before === undefined) {
        bytes += `${move(at, index)}${encodeRow(after.row, this.#color)}\r\n`;
        at = index + 1;
        continue;
      }
      if (isSame(before.row, after.row)) {
        after.cells = before.cells;
        continue;
      }
      before.cells ??= toCells(before.row);
      after.cells = toCells(after.row);
      const cells = { before: before.cells, after: after.cells };
      const changes = encodeChanges(cells, this.#color);
      if (changes === "") continue;
      bytes += `${move(at, index)}${changes}\r`;
      at = index;
    }
    return bytes === "" && this.#painted.length === next.length
      ? ""
      : bytes + move(at, next.length);
  }

  /**
   * Returns how many rows of the last frame the cursor can reach. A terminal that became narrower has wrapped them and has
   * moved some above its top. If it became higher by n rows, at most n of those are back on the screen: the lines above
   * belong to the shell.
   */
  #reflow({ columns, rows }: Size): number {
    const widths = this.#painted.map(widthOf);
    const painted = takeRows(widths, { columns, room: rows - 1 });
    const grown = Math.min(painted.room, Math.max(0, rows - this.#size.rows));
    const back = takeRows(this.#outOfReach, { columns, room: grown });
    this.#outOfReach = [...back.widths, ...painted.widths];
    return rows - 1 - painted.room + grown - back.room;
  }
}

function widthOf({ row }: PaintedRow): number {
  return rowWidth(trimRow(row));
}

/** Returns whether two rows look the same. It may miss that they do, and costs little. (Rows watch and frame of bench/.) */
function isSame(a: Row, b: Row): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((span, index) => {
    const other = b[index]!;
    return span === other || (span.text === other.text && span.style === other.style);
  });
}

/** Takes rows from the end as long as there is room. Returns the rows and the room that are left. */
function takeRows(
  widths: readonly number[],
  { columns, room }: { columns: number; room: number },
): { widths: number[]; room: number } {
  const left = [...widths];
  while (left.length > 0 && room > 0) {
    const height = Math.max(1, Math.ceil(left.pop()! / columns));
    // If only a part of a row is in reach, the part above the top remains as a row.
    if (height > room) left.push((height - room) * columns);
    room = Math.max(0, room - height);
  }
  return { widths: left, room };
}

/** Returns the bytes that write all rows again, from `up` rows above the cursor on, and erase the old rows below. */
function repaint(rows: readonly string[], up: number): string {
  const left = Math.max(0, up - rows.length);
  // Each line is erased before it is written: otherwise the terminal takes it for a part of the wrapped line above it.
  const written = rows.map((text) => `${eraseLine}${text}\r\n`).join("");
  return moveUp(up) + written + `${eraseLine}\r\n`.repeat(left) + moveUp(left);
}

/** Moves the cursor, which is at column 1 before and after. */
function move(from: number, to: number): string {
  if (to <= from) return moveUp(from - to);
  // A few line feeds are fewer bytes. (Row watch of bench/.)
  return to - from <= MAX_LINE_FEEDS ? "\n".repeat(to - from) : cursorDown(to - from);
}

function moveUp(rows: number): string {
  return rows > 0 ? cursorUp(rows) : "";
}
