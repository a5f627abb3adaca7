/**
 * Screen of a terminal emulator, and its drawing as SVG. Made for pictures of the grid.
 *
 * @module
 */
import type { Terminal } from "@lambdawaker/executor/reporters";
import unicode11 from "npm:@xterm/addon-unicode11@0.8.0";
import xterm from "npm:@xterm/headless@5.5.0";

/** The width and height of a character in an SVG, and the space around the screen. */
export const CELL = { width: 8.43, height: 18 };
export const MARGIN = 14;

/** The colours of a terminal: those of a dark and of a light one. Colours of the grid are the same in both. */
export const THEMES = {
  dark: { background: "#000000", text: "#d4d4d4", strong: "#ffffff", border: "#444444" },
  light: { background: "#ffffff", text: "#24292f", strong: "#000000", border: "#c0c0c0" },
} as const;
export type Theme = keyof typeof THEMES;

/** Characters of one look that follow each other in a row. */
export interface Run {
  /** The column of the first one. */
  readonly x: number;
  readonly text: string;
  /** The number of columns. */
  readonly width: number;
  /** The colour, such as `#ff0000`; absent if it is that of plain text. */
  readonly color?: string;
  readonly isBold: boolean;
  readonly isReverse: boolean;
}

/** Terminal of the xterm emulator. */
export class Screen implements Terminal {
  readonly columns: number;
  readonly rows: number;
  readonly #emulator;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.#emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.#emulator.loadAddon(new unicode11.Unicode11Addon());
    this.#emulator.unicode.activeVersion = "11";
  }

  size(): { columns: number; rows: number } {
    return { columns: this.columns, rows: this.rows };
  }

  async write(text: string): Promise<void> {
    await new Promise<void>((resolve) => this.#emulator.write(text, resolve));
  }

  writeSync(text: string): void {
    this.#emulator.write(text);
  }

  onResize(): Disposable {
    return { [Symbol.dispose]() {} };
  }

  isTerminal(): boolean {
    return true;
  }

  /** Returns the runs of each row that is seen now. */
  look(): Run[][] {
    const { active } = this.#emulator.buffer;
    return Array.from({ length: this.rows }, (_, row) => {
      const line = active.getLine(active.baseY + row);
      const runs: Run[] = [];
      for (let x = 0; x < this.columns; x++) {
        const cell = line?.getCell(x);
        const text = cell?.getChars() ?? "";
        if (cell === undefined || text === "") continue;
        const isReverse = cell.isInverse() !== 0;
        if (text.trim() === "" && !isReverse) continue;
        const look = {
          ...(cell.isFgRGB() && { color: `#${cell.getFgColor().toString(16).padStart(6, "0")}` }),
          isBold: cell.isBold() !== 0,
          isReverse,
        };
        const last = runs.at(-1);
        const continues = last !== undefined && last.x + last.width === x &&
          last.color === look.color && last.isBold === look.isBold && last.isReverse === isReverse;
        const width = cell.getWidth();
        if (continues) {
          runs[runs.length - 1] = { ...last, text: last.text + text, width: last.width + width };
        } else runs.push({ x, text, width, ...look });
      }
      return runs;
    });
  }
}

/** Returns the size of a picture in pixels. */
export function pictureSize(columns: number, rows: number): { width: number; height: number } {
  return {
    width: Math.ceil(columns * CELL.width + 2 * MARGIN),
    height: Math.ceil(rows * CELL.height + 2 * MARGIN),
  };
}

/** The classes of the colours that were drawn so far. */
const COLOR_CLASSES = new Map<string, string>();

function colorClass(color: string): string {
  const name = COLOR_CLASSES.get(color) ?? `c${COLOR_CLASSES.size}`;
  COLOR_CLASSES.set(color, name);
  return name;
}

/** Draws a row as one text element per run, each at the position of its first cell, so that any font fits. */
export function rowToSvg(runs: readonly Run[], row: number): string {
  const top = MARGIN + row * CELL.height;
  return runs.map(({ x, text, width, color, isBold, isReverse }) => {
    const left = (MARGIN + x * CELL.width).toFixed(1);
    const length = (width * CELL.width).toFixed(1);
    const classes = [
      ...(isBold ? ["b"] : []),
      ...(isReverse ? ["r"] : []),
      ...(color === undefined ? [] : [colorClass(color)]),
    ].join(" ");
    const box = isReverse
      ? `<rect class="x" x="${left}" y="${top + 1}" width="${length}" height="${CELL.height - 1}"/>`
      : "";
    const look = classes === "" ? "" : ` class="${classes}"`;
    const fit = width > 1 ? ` textLength="${length}" lengthAdjust="spacingAndGlyphs"` : "";
    return `${box}<text x="${left}" y="${top + 13}"${look}${fit}>${escapeXml(text)}</text>`;
  }).join("");
}

/** Draws the frame around a screen, with its styles. `theme` is fixed, or that of whoever looks at it. */
export function toSvg(
  body: string,
  { columns, rows, theme, label }: {
    columns: number;
    rows: number;
    theme: Theme | "both";
    label: string;
  },
): string {
  const { width, height } = pictureSize(columns, rows);
  const light = theme === "both"
    ? `@media (prefers-color-scheme: light){${themeStyle("light")}}`
    : "";
  const colors = Array.from(COLOR_CLASSES, ([color, name]) => `text.${name}{fill:${color}}`).join(
    "",
  );
  const fonts = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${
    escapeXml(label)
  }" font-family="${fonts}" font-size="14" xml:space="preserve">
<style>${themeStyle(theme === "both" ? "dark" : theme)}.b{font-weight:bold}${light}${colors}</style>
<rect class="w" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${body}
</svg>
`;
}

function themeStyle(theme: Theme): string {
  const { background, text, strong, border } = THEMES[theme];
  return `.w{fill:${background};stroke:${border}}text{fill:${text}}.b,.x{fill:${strong}}text.r{fill:${background}}`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
