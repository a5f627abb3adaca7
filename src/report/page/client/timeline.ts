/**
 * Timeline: draws lanes, segments, waits and marks, and finds the attempt under the pointer.
 *
 * @module
 */
import {
  type AttemptRecord,
  type Break,
  countWorkers,
  isBad,
  type RunHistory,
} from "../../history/history.ts";
import { markText } from "../../history/verdict.ts";
import { areaOf, drawLine, drawTimeAxis, type Pen, preparePen, type Sheet } from "./canvas.ts";
import { formatSpan } from "./figures.ts";
import { findProcesses, railHeight, type ResidentProcess } from "./processes.ts";
import { drawRail } from "./rails.ts";
import { findWaits, laneHeight, layLanes, layOut, type Segment, segmentAt } from "./lanes.ts";
import type { Palette } from "./palette.ts";
import { type Scale, type Span, toX } from "./scale.ts";
import {
  drawSegment,
  drawStartUp,
  type LaneBox,
  makeBrush,
  type SegmentBrush,
} from "./segments.ts";

/** Room above the lanes: for times, and for names of marks if there are any. */
const TIMELINE_TOP = { times: 24, names: 20 } as const;
const TIMELINE_BOTTOM = 6;

/** Draws a history, and knows the attempt at each point. */
export class Timeline {
  readonly #canvas: HTMLCanvasElement;
  /** With the numbers of their lanes. */
  #attempts: readonly AttemptRecord[] = [];
  #segments: Segment[] = [];
  #scale: Scale | undefined;
  #laneHeight = 1;
  /** The part of that for rails of resident processes. */
  #railHeight = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** The present scale, once something was drawn. */
  get scale(): Scale | undefined {
    return this.#scale;
  }

  /** Draws the part of a history that lies in a span. */
  draw(history: RunHistory, { span, sheet }: { span: Span; sheet: Sheet }): void {
    const { palette } = sheet;
    const { attempts, names } = layLanes(history);
    const processes = findProcesses(attempts, history);
    const rail = processes.length === 0 ? 0 : railHeight(names.length);
    const laneSize = laneHeight(names.length) + rail;
    const height = names.length * laneSize;
    const isMarked = history.breaks.length + history.marks.length > 0;
    const top = TIMELINE_TOP.times + (isMarked ? TIMELINE_TOP.names : 0);
    const area = areaOf(sheet, { top, height });
    const scale = { area, span };
    const pen = preparePen(this.#canvas, top + height + TIMELINE_BOTTOM, sheet);
    this.#attempts = attempts;
    this.#scale = scale;
    this.#laneHeight = laneSize;
    this.#railHeight = rail;
    this.#segments = layOut(attempts, { now: history.now, scale });
    drawTimeAxis(pen, scale, { color: palette.color, labels: "above" });
    drawLaneNames(pen, scale, { names, laneSize, palette });
    this.#drawWaits(pen, palette);
    this.#drawSegments(pen, palette);
    this.#drawRails(pen, { processes, palette });
    drawMarks(pen, scale, { history, palette });
    this.#describe(scale, countWorkers(history));
  }

  /** Returns the index of the attempt under a pointer. */
  attemptAt({ clientX, clientY }: MouseEvent): number | undefined {
    if (this.#scale === undefined) return undefined;
    const { left, top } = this.#canvas.getBoundingClientRect();
    const lane = Math.floor((clientY - top - this.#scale.area.top) / this.#laneHeight);
    return segmentAt(this.#segments, { lane, x: clientX - left })?.index;
  }

  #laneBox(lane: number): LaneBox {
    const size = this.#laneHeight - this.#railHeight;
    const gap = size >= 9 ? 2 : size > 3 ? 1 : 0;
    const top = this.#scale!.area.top + lane * this.#laneHeight;
    return { top: top + gap, height: size - 2 * gap || 1 };
  }

  #drawRails(
    pen: Pen,
    { processes, palette }: { processes: readonly ResidentProcess[]; palette: Palette },
  ): void {
    const scale = this.#scale!;
    const height = this.#railHeight;
    for (const process of processes) {
      const top = scale.area.top + (process.lane + 1) * this.#laneHeight - height;
      drawRail(pen, process, { scale, box: { top, height }, palette });
    }
    this.#canvas.dataset["rails"] = `${processes.length}`;
  }

  #drawSegments(pen: Pen, palette: Palette): void {
    const brush = makeBrush(pen, palette);
    // Attempts that went wrong come last, so that no other one covers them.
    for (const isWrong of [false, true]) {
      for (const segment of this.#segments) {
        const attempt = this.#attempts[segment.index]!;
        if (isBad(attempt) !== isWrong) continue;
        const lane = this.#laneBox(segment.lane);
        drawSegment(brush, attempt, {
          segment: this.#atWork(brush, { attempt, segment, lane }),
          lane,
        });
      }
    }
  }

  /** Draws the time in which the process of an attempt has got ready, and returns the rest of its segment. */
  #atWork(
    brush: SegmentBrush,
    { attempt, segment, lane }: { attempt: AttemptRecord; segment: Segment; lane: LaneBox },
  ): Segment {
    const { readyAt } = attempt;
    if (readyAt === undefined) return segment;
    const ready = Math.min(segment.x + segment.width, toX(readyAt, this.#scale!));
    if (ready <= segment.x) return segment;
    drawStartUp(brush, { from: segment.x, to: ready, lane });
    return { ...segment, x: ready, width: segment.x + segment.width - ready };
  }

  #drawWaits(pen: Pen, palette: Palette): void {
    const scale = this.#scale!;
    const { area } = scale;
    const within = (at: number) =>
      Math.min(area.left + area.width, Math.max(area.left, toX(at, scale)));
    pen.strokeStyle = palette.color.muted;
    pen.setLineDash([2, 3]);
    for (const { lane, from, to } of findWaits(this.#attempts)) {
      const [start, end] = [within(from), within(to)];
      const { top, height } = this.#laneBox(lane);
      if (end - start >= 3) drawLine(pen, [start, top + height / 2, end, top + height / 2]);
    }
    pen.setLineDash([]);
  }

  /** Describes the timeline for screen readers, and its layout for programs that read the page. */
  #describe({ area, span }: Scale, workers: number): void {
    const bad = this.#attempts.filter(isBad).length;
    this.#canvas.setAttribute(
      "aria-label",
      `Timeline: ${this.#attempts.length} attempts of ${workers} workers, ` +
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

/** Draws the names of the lanes; not of all if there is too little room. */
function drawLaneNames(
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

/** Draws a line at each break and each mark, with a name unless that would cover another one. */
function drawMarks(
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

/** Describes a break. */
export function breakText({ kind, ms }: Pick<Break, "kind" | "ms">): string {
  return kind === "resumed"
    ? `taken up again after ${formatSpan(ms)}`
    : `suspended for ${formatSpan(ms)}`;
}
