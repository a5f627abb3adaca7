/**
 * A frame that is drawn over the one before, in the midst of a terminal's lines.
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
import { encodeRow, type Row, rowWidth, trimRow } from "./style.ts";
import { type Cell, encodeChanges, toCells } from "./cells.ts";

// Synchronized output, DEC private mode 2026, and SGR reset: Cliffy has neither.
const BEGIN_UPDATE = "\x1b[?2026h";
const END_UPDATE = "\x1b[?2026l";
const RESET_STYLE = "\x1b[0m";

/** What leaves a terminal usable, wherever a frame was cut off. */
export const RESTORE = END_UPDATE + RESET_STYLE + cursorShow;

interface Size {
  readonly columns: number;
  readonly rows: number;
}

interface PaintedRow {
  readonly row: Row;
  /** With its styles, as a terminal without any text would be sent it. */
  readonly text: string;
  readonly width: number;
  /** Made when a change of the row is drawn. */
  cells?: readonly Cell[];
}

/**
 * Turns frames into bytes: only spans that changed, between the marks of a synchronized update. Between frames the cursor
 * stands hidden at column 1 below the last row. A frame that becomes lower keeps its height until the terminal is resized,
 * so that what stands below it does not jump.
 */
export class Screen {
  readonly #color: boolean;
  #painted: readonly PaintedRow[] = [];
  /** Widths of the rows that the terminal moved above its top when it wrapped them: one that becomes higher has them back. */
  #outOfReach: readonly number[] = [];
  #size: Size = { columns: 0, rows: 0 };
  #isHidden = false;

  constructor({ color }: { color: boolean }) {
    this.#color = color;
  }

  /** Whether a frame stands on the terminal. */
  get stands(): boolean {
    return this.#isHidden;
  }

  /** The bytes that bring a frame up, and lines that stay above it; none when the frame stands there already. */
  draw(rows: readonly Row[], size: Size, lines: readonly Row[] = []): string {
    const isResized = size.columns !== this.#size.columns || size.rows !== this.#size.rows;
    const height = isResized ? rows.length : Math.max(rows.length, this.#painted.length);
    const next = Array.from({ length: height }, (_, index) => this.#paint(rows[index] ?? []));
    const above = lines.map((line) => this.#paint(line));
    const bytes = isResized || above.length > 0
      ? this.#repaint([...above, ...next], size)
      : this.#update(next);
    if (lines.length > 0) this.#outOfReach = [];
    this.#painted = next;
    this.#size = size;
    if (bytes === "") return "";
    const hide = this.#isHidden ? "" : cursorHide;
    this.#isHidden = true;
    // The terminal echoes what is typed, ^C for instance, where the cursor stands.
    return `${BEGIN_UPDATE}${hide}\r${bytes}${eraseLineEnd}${END_UPDATE}`;
  }

  /** The bytes that take the frame away; the cursor is where it began. */
  clear(size: Size): string {
    if (!this.#isHidden) return "";
    // Row by row: some terminals keep what one sequence erases from the top of the screen on.
    const erased = (cursorUp(1) + eraseLine).repeat(this.#reflow(size));
    this.#painted = this.#outOfReach = [];
    this.#isHidden = false;
    return `${BEGIN_UPDATE}\r${eraseDown()}${erased}${RESTORE}`;
  }

  #paint(row: Row): PaintedRow {
    return { row, text: encodeRow(row, this.#color), width: rowWidth(trimRow(row)) };
  }

  #repaint(rows: readonly PaintedRow[], size: Size): string {
    const up = this.#reflow(size);
    // A line that is wrapped would leave what stood right of its end.
    const isWrapped = rows.some(({ width }) => width > size.columns);
    const erased = isWrapped ? moveUp(up) + `${eraseLine}\r\n`.repeat(up) : "";
    return erased + repaint(rows, up);
  }

  /** Writes what changed of the rows. */
  #update(next: readonly PaintedRow[]): string {
    let bytes = "";
    let at = this.#painted.length;
    for (const [index, after] of next.entries()) {
      const before = this.#painted[index];
      if (before === undefined) {
        bytes += `${move(at, index)}${after.text}\r\n`;
        at = index + 1;
        continue;
      }
      if (before.text === after.text) {
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
   * Says how many rows of what was painted are in reach: a terminal that became narrower has wrapped them, and moved some
   * above its top. Of those, no more are believed to be back than it has become higher by: what else stands there is the
   * shell's.
   */
  #reflow({ columns, rows }: Size): number {
    const widths = this.#painted.map(({ width }) => width);
    const painted = takeRows(widths, { columns, room: rows - 1 });
    const grown = Math.min(painted.room, Math.max(0, rows - this.#size.rows));
    const back = takeRows(this.#outOfReach, { columns, room: grown });
    this.#outOfReach = [...back.widths, ...painted.widths];
    return rows - 1 - painted.room + grown - back.room;
  }
}

/** Takes rows from the last one on, as long as there is room; says what is left of both. */
function takeRows(
  widths: readonly number[],
  { columns, room }: { columns: number; room: number },
): { widths: number[]; room: number } {
  const left = [...widths];
  while (left.length > 0 && room > 0) {
    const height = Math.max(1, Math.ceil(left.pop()! / columns));
    // Of a row that is in reach in part, the part above the top stays a row.
    if (height > room) left.push((height - room) * columns);
    room = Math.max(0, room - height);
  }
  return { widths: left, room };
}

/** Writes every row anew, from `up` rows above the cursor on, and erases what is left below. */
function repaint(rows: readonly PaintedRow[], up: number): string {
  const left = Math.max(0, up - rows.length);
  // Erased before, not after: only a row that was empty for a moment is no longer part of a longer one that was wrapped.
  const written = rows.map(({ text }) => `${eraseLine}${text}\r\n`).join("");
  return moveUp(up) + written + `${eraseLine}\r\n`.repeat(left) + moveUp(left);
}

function move(from: number, to: number): string {
  return to < from ? moveUp(from - to) : to > from ? cursorDown(to - from) : "";
}

function moveUp(rows: number): string {
  return rows > 0 ? cursorUp(rows) : "";
}
