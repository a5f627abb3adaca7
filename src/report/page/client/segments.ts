/**
 * Drawing of an attempt in the timeline: its colour, its label, and a hatch pattern if it went wrong.
 *
 * @module
 */
import { type AttemptRecord, isBad } from "../../history/history.ts";
import { formatRange } from "../../../reporters/wording.ts";
import type { Pen } from "./canvas.ts";
import { el } from "./dom.ts";
import type { Segment } from "./lanes.ts";
import { labelColor, type Palette } from "./palette.ts";

/** The vertical extent of a segment. */
export interface LaneBox {
  readonly top: number;
  readonly height: number;
}

/** Context, colours and pattern for drawing segments. */
export interface SegmentBrush {
  readonly pen: Pen;
  readonly palette: Palette;
  readonly hatch: CanvasPattern;
}

/** Creates a brush. It has to be created again if the palette changes. */
export function makeBrush(pen: Pen, palette: Palette): SegmentBrush {
  return { pen, palette, hatch: makeHatch(pen, palette.color.panel) };
}

/** Creates a pattern of diagonal lines. */
function makeHatch(pen: Pen, color: string): CanvasPattern {
  const size = 6;
  const tile = el("canvas");
  tile.width = size;
  tile.height = size;
  const brush = tile.getContext("2d")!;
  brush.strokeStyle = color;
  brush.lineWidth = 1.5;
  brush.beginPath();
  for (const shift of [-size, 0, size]) {
    brush.moveTo(shift, size);
    brush.lineTo(shift + size, 0);
  }
  brush.stroke();
  return pen.createPattern(tile, "repeat")!;
}

/** Draws an attempt. One that went wrong is at least 3 pixels wide. */
export function drawSegment(
  brush: SegmentBrush,
  attempt: AttemptRecord,
  { segment, lane }: { segment: Segment; lane: LaneBox },
): void {
  const { pen, palette, hatch } = brush;
  const isWrong = isBad(attempt);
  const gap = segment.width > 4 ? 1 : 0;
  const width = Math.max(segment.width - gap, isWrong ? 3 : 0.5);
  pen.fillStyle = palette.status[attempt.status];
  pen.fillRect(segment.x, lane.top, width, lane.height);
  if (isWrong && width >= 6) {
    pen.globalAlpha = 0.45;
    pen.fillStyle = hatch;
    pen.fillRect(segment.x, lane.top, width, lane.height);
    pen.globalAlpha = 1;
  }
  // Measuring text is the slowest part, so it is skipped if no label can fit.
  if (lane.height < 16 || width < 20) return;
  const label = formatRange(attempt.startIndex, attempt.endIndex);
  drawLabel(brush, { label, attempt, x: segment.x, width, lane });
}

/** Draws the time in which a process gets ready: an empty box. In a low lane, that would be a confusion of lines. */
export function drawStartUp(
  { pen, palette }: SegmentBrush,
  { from, to, lane }: { from: number; to: number; lane: LaneBox },
): void {
  if (to - from < 2 || lane.height < 16) return;
  pen.strokeStyle = palette.color.muted;
  pen.setLineDash([2, 2]);
  pen.strokeRect(from + 0.5, lane.top + 0.5, to - from - 1, lane.height - 1);
  pen.setLineDash([]);
}

/** Draws a label if there is room, with a cross before it if the attempt went wrong. */
function drawLabel(
  { pen, palette }: SegmentBrush,
  { label, attempt, x, width, lane }: {
    label: string;
    attempt: AttemptRecord;
    x: number;
    width: number;
    lane: LaneBox;
  },
): void {
  const isWrong = isBad(attempt);
  const shown = [`${isWrong ? "✕ " : ""}${label}`, isWrong ? "✕" : ""]
    .find((text) => pen.measureText(text).width + 12 <= width);
  if (!shown) return;
  const middle = lane.top + lane.height / 2 + 0.5;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  if (isWrong) {
    // A background of its own, as the hatch pattern would cross the text.
    pen.fillStyle = palette.status[attempt.status];
    pen.fillRect(x + 3, lane.top + 2, pen.measureText(shown).width + 6, lane.height - 4);
  }
  pen.fillStyle = labelColor(palette.status[attempt.status]);
  pen.fillText(shown, x + 6, middle);
}
