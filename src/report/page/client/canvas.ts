/**
 * Drawing on a canvas: size, lines and axes.
 *
 * @module
 */
import { formatFigure, formatTick } from "./figures.ts";
import type { Palette } from "./palette.ts";
import { type Area, type Scale, timeTicks, toX } from "./scale.ts";

/** The context that draws on a canvas. */
export type Pen = CanvasRenderingContext2D;

/** Room for labels on the left, the same on every canvas: so equal times have the same x coordinate. */
const MARGIN_LEFT = 76;
/** Room for half of the last label. */
const MARGIN_RIGHT = 28;
/** Width and colours of a canvas. */
export interface Sheet {
  /** In CSS pixels. Read once for all canvases, as reading it forces a layout of the page. */
  readonly width: number;
  readonly palette: Palette;
}

/** Clears a canvas, resizes it, and returns its context with one unit per CSS pixel. */
export function preparePen(
  canvas: HTMLCanvasElement,
  height: number,
  { width, palette }: Sheet,
): Pen {
  const ratio = devicePixelRatio || 1;
  const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
  canvas.style.height = `${height}px`;
  // Setting a size takes time, even if it is the same.
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  const pen = canvas.getContext("2d")!;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = palette.font;
  pen.lineWidth = 1;
  pen.globalAlpha = 1;
  pen.setLineDash([]);
  return pen;
}

/** Returns the part of a canvas between its margins. */
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

/** Draws a straight line that is one pixel wide, without blur. */
export function drawLine(pen: Pen, [x1, y1, x2, y2]: [number, number, number, number]): void {
  const sharp = (value: number) => Math.round(value) + 0.5;
  pen.beginPath();
  pen.moveTo(sharp(x1), sharp(y1));
  pen.lineTo(sharp(x2), sharp(y2));
  pen.stroke();
}

/** Draws the axis of time: a line and a label per tick. */
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

/** Draws the axis of values: a line and a label per tick. */
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
