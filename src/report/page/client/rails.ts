/**
 * Rails in the timeline: a line below the segments of a resident process, from its start to its end.
 *
 * @module
 */
import { drawLine, type Pen } from "./canvas.ts";
import type { Palette } from "./palette.ts";
import { loadedAt, processTexts, type ResidentProcess } from "./processes.ts";
import { type Scale, toX } from "./scale.ts";

/** The least heights of a rail that has ends, and of one that has a name. */
const MIN_CAPPED = 5;
const MIN_NAMED = 12;
/** Room for a name: the line before it, and the space around it. */
const NAME_LEFT = 8;
const NAME_PADDING = 4;

/** Draws a line from the start of a process to its end; it is dotted while the process loads. */
export function drawRail(
  pen: Pen,
  process: ResidentProcess,
  { scale, box, palette }: {
    scale: Scale;
    box: { readonly top: number; readonly height: number };
    palette: Palette;
  },
): void {
  const { area, span } = scale;
  if (process.endedAt < span.from || process.startedAt > span.to) return;
  const within = (at: number) =>
    Math.min(area.left + area.width, Math.max(area.left, toX(at, scale)));
  const [start, end] = [within(process.startedAt), within(process.endedAt)];
  const ready = within(loadedAt(process));
  const middle = box.top + Math.floor(box.height / 2);
  pen.strokeStyle = palette.color.muted;
  pen.setLineDash([2, 2]);
  if (ready > start) drawLine(pen, [start, middle, ready, middle]);
  pen.setLineDash([]);
  if (end > ready) drawLine(pen, [ready, middle, end - 1, middle]);
  if (box.height >= MIN_CAPPED) {
    const reach = Math.min(3, Math.floor(box.height / 2));
    for (const x of [start, Math.max(start, end - 1)]) {
      drawLine(pen, [x, middle - reach, x, middle + reach]);
    }
  }
  if (box.height >= MIN_NAMED) drawName(pen, process, { start, end, middle, palette });
}

/** Writes the longest name that fits into a rail. */
function drawName(
  pen: Pen,
  process: ResidentProcess,
  { start, end, middle, palette }: {
    start: number;
    end: number;
    middle: number;
    palette: Palette;
  },
): void {
  const room = end - start - 2 * NAME_LEFT - 2 * NAME_PADDING;
  // Measuring text is slow.
  if (room < 6) return;
  const name = processTexts(process).find((text) => pen.measureText(text).width <= room);
  if (name === undefined) return;
  const left = start + NAME_LEFT;
  const width = pen.measureText(name).width + 2 * NAME_PADDING;
  pen.fillStyle = palette.color.panel;
  pen.fillRect(left, middle - 6, width, 13);
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillStyle = palette.color.muted;
  pen.fillText(name, left + NAME_PADDING, middle + 1);
}
