/**
 * Area charts below the timeline. They share their axes with the timeline, which no plotting library could draw, and are less code
 * than the set-up of such a library would be.
 *
 * @module
 */
import { areaOf, drawTimeAxis, drawValueAxis, type Pen, preparePen, type Sheet } from "./canvas.ts";
import { formatFigure, formatSpan } from "./figures.ts";
import { type Area, type Scale, toTime, valueTicks } from "./scale.ts";
import type { Series } from "./series.ts";

/** Height of the area, of the room above it, and of the room for labels below it. */
const CHART = { height: 96, top: 10, bottom: 26 } as const;

/** Texts and style of a chart. */
export interface ChartOptions {
  /** Its name, such as `Workers at work`. */
  readonly name: string;
  /** The unit of its values, such as `workers`. */
  readonly unit: string;
  /** Whether the outline has steps; otherwise values are connected by straight lines. */
  readonly isStepped: boolean;
}

/** A chart of values over time. */
export class Chart {
  readonly #canvas: HTMLCanvasElement;
  readonly #options: ChartOptions;
  #series: Series | undefined;
  #scale: Scale | undefined;

  constructor(canvas: HTMLCanvasElement, options: ChartOptions) {
    this.#canvas = canvas;
    this.#options = options;
  }

  /** Draws a series. The axis of values reaches at least `least`. */
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

  /** Describes the value under a pointer. */
  textAt({ clientX }: MouseEvent): string | undefined {
    if (this.#scale === undefined || this.#series === undefined) return undefined;
    const { values, span } = this.#series;
    const at = toTime(clientX - this.#canvas.getBoundingClientRect().left, this.#scale);
    const share = (at - span.from) / Math.max(1, span.to - span.from);
    const value = values[Math.min(values.length - 1, Math.floor(share * values.length))];
    if (value === undefined) return undefined;
    return `${formatSpan(at)}: ${formatFigure(value)} ${this.#options.unit}`;
  }
}

/** Returns the points of a series from left to right. */
function outlineOf(
  { values }: Series,
  { area, top, isStepped }: { area: Area; top: number; isStepped: boolean },
): [x: number, y: number][] {
  const size = area.width / values.length;
  const y = (value: number) => area.top + area.height * (1 - value / top);
  const last = values.length - 1;
  return values.flatMap((value, part): [number, number][] => {
    const left = area.left + part * size;
    if (isStepped) return [[left, y(value)], [left + size, y(value)]];
    // The line passes through the middle of each part, and covers the whole width.
    const ends: [number, number][] = [[left + size / 2, y(value)]];
    if (part === 0) ends.unshift([left, y(value)]);
    if (part === last) ends.push([left + size, y(value)]);
    return ends;
  });
}

/** Draws a line through some points, and fills the area below it. */
function drawArea(
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
