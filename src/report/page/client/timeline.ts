/**
 * The timeline: a lane for each worker, a segment for each attempt.
 *
 * @module
 */
import type { Break, RunHistory } from "../../history/history.ts";
import { markText } from "../../history/verdict.ts";
import { areaOf, drawLine, drawTimeAxis, type Palette, preparePen, type Sheet } from "./canvas.ts";
import type { PageCanvas, PageEvent, Pen } from "./dom.ts";
import { formatSpan } from "./figures.ts";
import {
  countLanes,
  findWaits,
  laneHeight,
  layOut,
  type Scale,
  type Segment,
  segmentAt,
  toX,
} from "./lanes.ts";
import { layByNode } from "./node_lanes.ts";
import { drawSegment, makeBrush } from "./segments.ts";
import { isBad } from "../../history/history.ts";
import type { Span } from "./ticks.ts";

/** Above the lanes stand the times, and names of marks if there are any. */
export const TIMELINE_TOP = { times: 24, names: 20 } as const;
/** Below them is a little room. */
export const TIMELINE_BOTTOM = 6;

/** Draws the timeline, and knows what stands where. */
export class Timeline {
  readonly #canvas: PageCanvas;
  #history: RunHistory | undefined;
  #segments: Segment[] = [];
  #scale: Scale | undefined;
  #laneHeight = 1;

  constructor(canvas: PageCanvas) {
    this.#canvas = canvas;
  }

  /** Where times stand, once something was drawn. */
  get scale(): Scale | undefined {
    return this.#scale;
  }

  /** Draws a history, as far as it lies in a span. */
  draw(history: RunHistory, { span, sheet }: { span: Span; sheet: Sheet }): void {
    const { palette } = sheet;
    const byNode = layByNode(history);
    const shown = byNode === undefined ? history : { ...history, attempts: byNode.attempts };
    const names = byNode?.names ?? workerNames(countLanes(history));
    const lanes = names.length;
    const laneSize = laneHeight(lanes);
    const height = lanes * laneSize;
    const isMarked = history.breaks.length + history.marks.length > 0;
    const top = TIMELINE_TOP.times + (isMarked ? TIMELINE_TOP.names : 0);
    const area = areaOf(sheet, { top, height });
    const scale = { area, span };
    const pen = preparePen(this.#canvas, top + height + TIMELINE_BOTTOM, sheet);
    this.#history = shown;
    this.#scale = scale;
    this.#laneHeight = laneSize;
    this.#segments = layOut(shown, scale);
    drawTimeAxis(pen, scale, { color: palette.color, labels: "above" });
    drawLaneNames(pen, scale, { names, laneSize, palette });
    this.#drawWaits(pen, palette);
    this.#drawSegments(pen, palette);
    drawMarks(pen, scale, { history, palette });
    this.#describe();
  }

  /** The place of the attempt under a pointer. */
  attemptAt({ clientX, clientY }: PageEvent): number | undefined {
    if (this.#scale === undefined) return undefined;
    const { left, top } = this.#canvas.getBoundingClientRect();
    const worker = Math.floor((clientY - top - this.#scale.area.top) / this.#laneHeight);
    return segmentAt(this.#segments, { worker, x: clientX - left })?.place;
  }

  #lane(worker: number): { top: number; height: number } {
    const gap = this.#laneHeight >= 9 ? 2 : this.#laneHeight > 3 ? 1 : 0;
    const top = this.#scale!.area.top + worker * this.#laneHeight;
    return { top: top + gap, height: this.#laneHeight - 2 * gap || 1 };
  }

  #drawSegments(pen: Pen, palette: Palette): void {
    const brush = makeBrush(pen, palette);
    const attempts = this.#history!.attempts;
    // What went wrong comes last, so that it is not hidden where many stand close together.
    for (const isWrong of [false, true]) {
      for (const segment of this.#segments) {
        const attempt = attempts[segment.place]!;
        if (isBad(attempt) !== isWrong) continue;
        drawSegment(brush, attempt, { segment, lane: this.#lane(segment.worker) });
      }
    }
  }

  #drawWaits(pen: Pen, palette: Palette): void {
    const scale = this.#scale!;
    const { area } = scale;
    const within = (at: number) =>
      Math.min(area.left + area.width, Math.max(area.left, toX(at, scale)));
    pen.strokeStyle = palette.color.muted;
    pen.setLineDash([2, 3]);
    for (const { worker, from, to } of findWaits(this.#history!.attempts)) {
      const [start, end] = [within(from), within(to)];
      const { top, height } = this.#lane(worker);
      if (end - start >= 3) drawLine(pen, [start, top + height / 2, end, top + height / 2]);
    }
    pen.setLineDash([]);
  }

  /** Says what is to be seen, for those who do not see it; and where, for who reads the page by program. */
  #describe(): void {
    const { attempts } = this.#history!;
    const bad = attempts.filter(isBad).length;
    const { area, span } = this.#scale!;
    this.#canvas.setAttribute(
      "aria-label",
      `Timeline: ${attempts.length} attempts of ${countLanes(this.#history!)} workers, ` +
        `${bad} of them failed. The table of attempts holds the same.`,
    );
    Object.assign(this.#canvas.dataset, {
      segments: `${this.#segments.length}`,
      area: JSON.stringify(area),
      span: JSON.stringify(span),
      lane: `${this.#laneHeight}`,
    });
  }
}

/** What the lanes of workers are called. */
export function workerNames(lanes: number): string[] {
  return Array.from({ length: lanes }, (_, lane) => lane < 1_000 ? `worker ${lane}` : `${lane}`);
}

/** Writes the names of the lanes, as many as there is room for. */
export function drawLaneNames(
  pen: Pen,
  { area }: Scale,
  { names, laneSize, palette }: { names: readonly string[]; laneSize: number; palette: Palette },
): void {
  const every = Math.ceil(14 / laneSize);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  pen.fillStyle = palette.color.muted;
  for (let lane = 0; lane < names.length; lane += every) {
    const y = area.top + (lane + 0.5) * laneSize;
    pen.fillText(names[lane]!, area.left - 8, y);
  }
}

/** Draws where time is left out, and what stopped the run; a name that would cover another one is left out. */
export function drawMarks(
  pen: Pen,
  scale: Scale,
  { history, palette }: { history: RunHistory; palette: Palette },
): void {
  const { area, span } = scale;
  const marks = [
    ...history.breaks.map((gap) => ({ at: gap.at, text: breakText(gap), isStop: false })),
    ...history.marks.map((mark) => ({
      at: mark.at,
      text: markText(mark),
      isStop: mark.kind === "stopping",
    })),
  ].filter(({ at }) => at >= span.from && at <= span.to).sort((a, b) => a.at - b.at);
  let free = 0;
  pen.textBaseline = "top";
  for (const { at, text, isStop } of marks) {
    const x = toX(at, scale);
    const width = pen.measureText(text).width;
    const left = Math.min(x, area.left + area.width - width);
    pen.strokeStyle = isStop ? palette.status.CRASHED : palette.color.text;
    pen.setLineDash(isStop ? [] : [4, 3]);
    drawLine(pen, [x, 18, x, area.top + area.height]);
    if (left < free) continue;
    pen.textAlign = "left";
    pen.fillStyle = palette.color.text;
    pen.fillText(text, left, 2);
    free = left + width + 10;
  }
  pen.setLineDash([]);
}

/** What a break is. */
export function breakText({ kind, ms }: Pick<Break, "kind" | "ms">): string {
  return kind === "resumed"
    ? `taken up again after ${formatSpan(ms)}`
    : `suspended for ${formatSpan(ms)}`;
}
