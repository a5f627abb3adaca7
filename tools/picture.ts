/**
 * Takes the picture of the grid: runs the demo in a terminal emulator until a worker waits for its retry, and writes the
 * screen to stdout, as SVG.
 *
 * ```sh
 * deno task picture > docs/grid.svg
 * ```
 *
 * @module
 */
import { AnsiReporter, type Reporter, SubprocessExecutor } from "@lambdawaker/executor";
import type { Terminal } from "@lambdawaker/executor/reporters";
import xterm from "npm:@xterm/headless@5.5.0";
import { DEMO_CONFIG, demoCommandLine } from "../src/cli/demo.ts";

const COLUMNS = 80;
const ROWS = 18;
/** The time from the crash of a worker to the picture: its panel then counts down to the retry. */
const MOMENT_MS = 500;

const CELL = { width: 8.43, height: 18 };
const MARGIN = 16;
/** The eight colours of the emulator, as many terminals show them. */
const COLORS = [
  "#1d2021",
  "#fb4934",
  "#b8bb26",
  "#fabd2f",
  "#83a598",
  "#d3869b",
  "#8ec07c",
  "#d5c4a1",
];
const FOREGROUND = "#ebdbb2";
const BACKGROUND = "#1d2021";

const emulator = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
const terminal: Terminal = {
  size: () => ({ columns: COLUMNS, rows: ROWS }),
  write: (text) => new Promise((resolve) => emulator.write(text, resolve)),
  writeSync: (text) => emulator.write(text),
  onResize: () => ({ [Symbol.dispose]() {} }),
};
const control = new AbortController();
/** A reporter that takes the picture while the crashed worker waits. */
const photographer: Reporter = {
  report({ kind }) {
    if (kind !== "retry-scheduled" || control.signal.aborted) return;
    setTimeout(() => {
      console.log(toSvg());
      control.abort();
    }, MOMENT_MS);
  },
};
const main = new URL("../cli.ts", import.meta.url).href;
await new SubprocessExecutor({ ...DEMO_CONFIG, gridCols: 2 }, demoCommandLine(main)).run(
  [new AnsiReporter({ title: "Demo", color: "always", terminal }), photographer],
  { signal: control.signal },
);

function toSvg(): string {
  const rows = Array.from({ length: ROWS }, (_, row) => rowToSvg(row)).filter((row) => row !== "");
  const width = Math.ceil(COLUMNS * CELL.width + 2 * MARGIN);
  const height = rows.length * CELL.height + 3 * CELL.height;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"
  role="img" aria-label="The grid of a run with four workers" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
${rows.join("\n")}
</svg>`;
}

/** Draws a row as one text element per style, each at the position of its first cell, so that any font fits. */
function rowToSvg(row: number): string {
  const line = emulator.buffer.active.getLine(row);
  const runs: { x: number; text: string; style: string }[] = [];
  for (let x = 0; x < COLUMNS; x++) {
    const cell = line?.getCell(x);
    const text = cell?.getChars() ?? "";
    if (cell === undefined || text.trim() === "") continue;
    const color = cell.isFgDefault() ? FOREGROUND : COLORS[cell.getFgColor()] ?? FOREGROUND;
    const style = `fill="${color}"${cell.isBold() ? ' font-weight="bold"' : ""}${
      cell.isDim() ? ' opacity="0.55"' : ""
    }`;
    const last = runs.at(-1);
    if (last?.style === style && last.x + last.text.length === x) last.text += text;
    else runs.push({ x, text, style });
  }
  const y = MARGIN + (row + 1) * CELL.height;
  return runs.map(({ x, text, style }) => {
    const left = (MARGIN + x * CELL.width).toFixed(1);
    const length = (text.length * CELL.width).toFixed(1);
    return `<text x="${left}" y="${y}" ${style} textLength="${length}" lengthAdjust="spacingAndGlyphs">${
      escape(text)
    }</text>`;
  }).join("");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
