/**
 * The charts below the timeline. They are drawn by hand: two areas over time are less code than a plotting library needs to
 * be set up for them, and the timeline, whose lanes, marks and hatched failures none of them has, needs the same axes. So
 * nothing has to be fetched, bundled or kept up to date to write a report, and a report holds no code that it does not need.
 *
 * @module
 */
import { areaOf, drawTimeAxis, drawValueAxis, preparePen, type Sheet } from "./canvas.ts";
import type { PageCanvas, PageEvent, Pen } from "./dom.ts";
import { formatFigure, formatSpan } from "./figures.ts";
import { type Area, type Scale, toTime } from "./lanes.ts";
import type { Series } from "./series.ts";
import { valueTicks } from "./ticks.ts";

/** Height of what is drawn, of the room above it, and of that below, with the times. */
export const CHART = { height: 96, top: 10, bottom: 26 } as const;

/** What a chart shows. */
export interface ChartOptions {
  /** What it shows, as in `Workers at work`. */
  readonly name: string;
  /** What is counted, as in `workers`. */
  readonly unit: string;
  /** Whether values hold for a part of the time as a whole, or go over into each other. */
  readonly isStepped: boolean;
}

/** Draws a figure over time. */
export class Chart {
  readonly #canvas: PageCanvas;
  readonly #options: ChartOptions;
  #series: Series | undefined;
  #scale: Scale | undefined;

  constructor(canvas: PageCanvas, options: ChartOptions) {
    this.#canvas = canvas;
    this.#options = options;
  }

  /** Draws a series; `least` is what the axis reaches at least. */
  draw(series: Series, { sheet, least }: { sheet: Sheet; least: number }): void {
    const { palette } = sheet;
    const area = areaOf(sheet, { top: CHART.top, height: CHART.height });
    const pen = preparePen(this.#canvas, CHART.top + CHART.height + CHART.bottom, sheet);
    const scale = { area, span: series.span };
    this.#series = series;
    this.#scale = scale;
    const peak = series.values.reduce((max, value) => Math.max(max, value), 0);
    const ticks = valueTicks(Math.max(peak, least), 4);
    drawTimeAxis(pen, scale, { color: palette.color, labels: "below" });
    drawValueAxis(pen, area, { color: palette.color, ticks });
    const outline = outlineOf(series, {
      area,
      top: ticks.at(-1)!,
      isStepped: this.#options.isStepped,
    });
    drawArea(pen, outline, { area, color: palette.color.accent });
    const { name, unit } = this.#options;
    this.#canvas.setAttribute(
      "aria-label",
      `${name} over time: at most ${formatFigure(peak)} ${unit}.`,
    );
  }

  /** What stands under a pointer, in words. */
  textAt({ clientX }: PageEvent): string | undefined {
    if (this.#scale === undefined || this.#series === undefined) return undefined;
    const { values, span } = this.#series;
    const at = toTime(clientX - this.#canvas.getBoundingClientRect().left, this.#scale);
    const share = (at - span.from) / Math.max(1, span.to - span.from);
    const value = values[Math.min(values.length - 1, Math.floor(share * values.length))];
    if (value === undefined) return undefined;
    return `${formatSpan(at)}: ${formatFigure(value)} ${this.#options.unit}`;
  }
}

/** The points of a series from left to right. */
export function outlineOf(
  { values }: Series,
  { area, top, isStepped }: { area: Area; top: number; isStepped: boolean },
): [x: number, y: number][] {
  const size = area.width / values.length;
  const y = (value: number) => area.top + area.height * (1 - value / top);
  const last = values.length - 1;
  return values.flatMap((value, part): [number, number][] => {
    const left = area.left + part * size;
    if (isStepped) return [[left, y(value)], [left + size, y(value)]];
    // The line goes through the middle of each part, and over the whole width.
    const ends: [number, number][] = [[left + size / 2, y(value)]];
    if (part === 0) ends.unshift([left, y(value)]);
    if (part === last) ends.push([left + size, y(value)]);
    return ends;
  });
}

/** Draws what lies below some points, and a line through them. */
export function drawArea(
  pen: Pen,
  outline: readonly [x: number, y: number][],
  { area, color }: { area: Area; color: string },
): void {
  const bottom = area.top + area.height;
  const trace = () => {
    for (const [x, y] of outline) pen.lineTo(x, y);
  };
  pen.beginPath();
  pen.moveTo(area.left, bottom);
  trace();
  pen.lineTo(area.left + area.width, bottom);
  pen.globalAlpha = 0.18;
  pen.fillStyle = color;
  pen.fill();
  pen.globalAlpha = 1;
  pen.beginPath();
  trace();
  pen.strokeStyle = color;
  pen.lineWidth = 1.5;
  pen.stroke();
  pen.lineWidth = 1;
}
