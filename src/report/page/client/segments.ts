/**
 * How an attempt looks in the timeline. What went wrong differs by its colour, and by lines across it.
 *
 * @module
 */
import type { AttemptRecord } from "../../history/history.ts";
import { formatRange } from "../../../reporters/wording.ts";
import type { Palette } from "./canvas.ts";
import { el, type PageCanvas, type Pen } from "./dom.ts";
import type { Segment } from "./lanes.ts";
import { isBad } from "../../history/history.ts";

/** Where a segment stands from top to bottom. */
export interface LanePlace {
  readonly top: number;
  readonly height: number;
}

/** What is needed to draw segments. */
export interface SegmentBrush {
  readonly pen: Pen;
  readonly palette: Palette;
  readonly hatch: unknown;
}

/** Makes what is drawn with; to be made anew when colours change. */
export function makeBrush(pen: Pen, palette: Palette): SegmentBrush {
  return { pen, palette, hatch: makeHatch(pen, palette.color.panel) };
}

/** Lines that slope. */
export function makeHatch(pen: Pen, color: string): unknown {
  const size = 6;
  const tile = el("canvas") as PageCanvas;
  tile.width = size;
  tile.height = size;
  const brush = tile.getContext("2d");
  brush.strokeStyle = color;
  brush.lineWidth = 1.5;
  brush.beginPath();
  for (const shift of [-size, 0, size]) {
    brush.moveTo(shift, size);
    brush.lineTo(shift + size, 0);
  }
  brush.stroke();
  return pen.createPattern(tile, "repeat");
}

/** Draws an attempt; one that failed is never narrower than can be seen. */
export function drawSegment(
  brush: SegmentBrush,
  attempt: AttemptRecord,
  { segment, lane }: { segment: Segment; lane: LanePlace },
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
  // To measure a text costs more than all else: not where none would fit.
  if (lane.height < 16 || width < 20) return;
  const label = formatRange(attempt.startIndex, attempt.endIndex);
  drawLabel(brush, { label, attempt, x: segment.x, width, lane });
}

/** Writes a label, if there is room, with a cross before it when the attempt failed. */
export function drawLabel(
  { pen, palette }: SegmentBrush,
  { label, attempt, x, width, lane }: {
    label: string;
    attempt: AttemptRecord;
    x: number;
    width: number;
    lane: LanePlace;
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
    // On a ground of its own, as lines go across what is below.
    pen.fillStyle = palette.status[attempt.status];
    pen.fillRect(x + 3, lane.top + 2, pen.measureText(shown).width + 6, lane.height - 4);
  }
  pen.fillStyle = labelColor(palette.status[attempt.status]);
  pen.fillText(shown, x + 6, middle);
}

/** Black or white, whichever is easier to read on a colour that is given as `#rrggbb`. */
export function labelColor(color: string): string {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share ** 2.2;
  });
  const luminance = 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  // Where both have the same contrast.
  return luminance > 0.18 ? "#000000" : "#ffffff";
}
