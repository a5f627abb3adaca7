/**
 * Mapping between work time and pixels: spans, scales, and the ticks of an axis.
 *
 * @module
 */

/** A part of work time, in milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The part of a canvas that is drawn in, in pixels. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A span of time, and the area that shows it. */
export interface Scale {
  readonly area: Area;
  readonly span: Span;
}

/** Returns the x coordinate of a time. */
export function toX(at: number, { area, span }: Scale): number {
  return area.left + area.width * (at - span.from) / Math.max(1, span.to - span.from);
}

/** Returns the time at an x coordinate; beside the area, that of its edge. */
export function toTime(x: number, { area, span }: Scale): number {
  const share = Math.min(1, Math.max(0, (x - area.left) / area.width));
  return span.from + share * (span.to - span.from);
}

/** Returns a span that is `factor` times as long, with the same middle. */
export function stretch({ from, to }: Span, factor: number): Span {
  const [middle, half] = [(from + to) / 2, factor * (to - from) / 2];
  return { from: middle - half, to: middle + half };
}

/** Returns a span that begins later by a `share` of its length. */
export function shift({ from, to }: Span, share: number): Span {
  const step = share * (to - from);
  return { from: from + step, to: to + step };
}

/** Moves a span into a run that lasted until `end`. Returns undefined if it is as long as the run. */
export function limit({ from, to }: Span, end: number): Span | undefined {
  const length = Math.max(1, to - from);
  if (length >= end) return undefined;
  const start = Math.min(Math.max(0, from), end - length);
  return { from: start, to: start + length };
}

/** Returns at most `count` round times in a span, and the step between them. */
export function timeTicks({ from, to }: Span, count: number): { ticks: number[]; step: number } {
  const steps = timeSteps();
  const step = steps.find((step) => (to - from) / step <= count) ?? steps.at(-1)!;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to && ticks.length < 1000; at += step) {
    ticks.push(at);
  }
  return { ticks, step };
}

/** Returns the steps between ticks: 1, 2, 5 … milliseconds, then those of clocks. */
function timeSteps(): number[] {
  const small = [1, 2, 5, 10, 20, 50, 100, 200, 500];
  const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];
  const clock = [1, 2, 5, 10, 15, 30];
  return [
    ...small,
    ...clock.map((n) => n * second),
    ...clock.map((n) => n * minute),
    ...[1, 2, 3, 6, 12].map((n) => n * hour),
    ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000].map((n) => n * day),
  ];
}

/** Returns round values from 0 to the first one that is not below `max`, with at most `count` steps between them. */
export function valueTicks(max: number, count: number): number[] {
  if (!(max > 0)) return [0, 1];
  const magnitude = 10 ** Math.floor(Math.log10(max / count));
  const step = [1, 2, 5, 10].map((n) => n * magnitude).find((step) => step * count >= max)!;
  const marks = Math.ceil(max / step - 1e-9);
  return Array.from({ length: marks + 1 }, (_, index) => index * step);
}
