/**
 * Drawing on a canvas: sharp on any screen, in the colours of the page.
 *
 * @module
 */
import { ATTEMPT_STATUSES, type AttemptStatus } from "../../history/attempt_status.ts";
import { page, type PageCanvas, type PageElement, type Pen } from "./dom.ts";
import { formatFigure, formatTick } from "./figures.ts";
import { type Area, type Scale, toX } from "./lanes.ts";
import { timeTicks } from "./ticks.ts";

declare function getComputedStyle(element: PageElement): { getPropertyValue(name: string): string };
declare const devicePixelRatio: number;

/** Left of what is drawn stand its labels; the same for all, so that times stand below each other. */
export const MARGIN_LEFT = 76;
/** Right of it is room for half of the last label. */
export const MARGIN_RIGHT = 28;
/** Colours of the page that are drawn with. */
export const COLORS = ["text", "muted", "line", "panel", "accent"] as const;

/** The colours of the page, and of the statuses, as its style sheet says for now. */
export interface Palette {
  readonly color: Readonly<Record<typeof COLORS[number], string>>;
  readonly status: Readonly<Record<AttemptStatus, string>>;
  readonly font: string;
}

/** Reads the colours. */
export function readPalette(): Palette {
  const style = getComputedStyle(page().documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const statuses = ATTEMPT_STATUSES.map((status) => [status, read(status.toLowerCase())]);
  return {
    color: Object.fromEntries(COLORS.map((name) => [name, read(name)])) as Palette["color"],
    status: Object.fromEntries(statuses),
    font: `12px ${read("font")}`,
  };
}

/** What is drawn in: its size in pixels of the page, and its colours. */
export interface Sheet {
  /** Read once for all canvases: to ask for it makes the browser lay the page out. */
  readonly width: number;
  readonly palette: Palette;
}

/** Empties a canvas, gives it its size, and makes its lines sharp. */
export function preparePen(canvas: PageCanvas, height: number, { width, palette }: Sheet): Pen {
  const ratio = devicePixelRatio || 1;
  const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
  canvas.style.height = `${height}px`;
  // To set a size empties a canvas, and takes time.
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = palette.font;
  pen.lineWidth = 1;
  pen.globalAlpha = 1;
  pen.setLineDash([]);
  return pen;
}

/** The part of a canvas between its margins. */
export function areaOf(
  { width }: Sheet,
  { top, height }: { top: number; height: number },
): Area {
  return {
    left: MARGIN_LEFT,
    top,
    width: Math.max(50, width - MARGIN_LEFT - MARGIN_RIGHT),
    height,
  };
}

/** Draws a straight line that is one pixel wide. */
export function drawLine(pen: Pen, [x1, y1, x2, y2]: [number, number, number, number]): void {
  const sharp = (value: number) => Math.round(value) + 0.5;
  pen.beginPath();
  pen.moveTo(sharp(x1), sharp(y1));
  pen.lineTo(sharp(x2), sharp(y2));
  pen.stroke();
}

/** Draws the marks of time: lines over the area, and labels below it, or above. */
export function drawTimeAxis(
  pen: Pen,
  scale: Scale,
  { color, labels }: { color: Palette["color"]; labels: "above" | "below" },
): void {
  const { area, span } = scale;
  const { ticks, step } = timeTicks(span, Math.max(2, Math.floor(area.width / 80)));
  pen.textAlign = "center";
  pen.textBaseline = labels === "above" ? "bottom" : "top";
  for (const at of ticks) {
    const x = toX(at, scale);
    pen.strokeStyle = color.line;
    drawLine(pen, [x, area.top, x, area.top + area.height]);
    pen.fillStyle = color.muted;
    const y = labels === "above" ? area.top - 5 : area.top + area.height + 6;
    pen.fillText(formatTick(at, step), x, y);
  }
}

/** Draws the marks of a value: lines over the area, and labels on its left. */
export function drawValueAxis(
  pen: Pen,
  area: Area,
  { color, ticks }: { color: Palette["color"]; ticks: readonly number[] },
): void {
  const top = ticks.at(-1)!;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const value of ticks) {
    const y = area.top + area.height * (1 - value / top);
    pen.strokeStyle = color.line;
    drawLine(pen, [area.left, y, area.left + area.width, y]);
    pen.fillStyle = color.muted;
    pen.fillText(formatFigure(value), area.left - 8, y);
  }
}
