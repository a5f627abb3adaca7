/**
 * Where the marks of an axis stand.
 *
 * @module
 */

/** A part of work time, in milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Steps between marks that people count in: 1, 2, 5 … milliseconds, then those of clocks. */
export function timeSteps(): number[] {
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

/** Marks in a span of time, at most `count` of them, and the step between them. */
export function timeTicks({ from, to }: Span, count: number): { ticks: number[]; step: number } {
  const steps = timeSteps();
  const step = steps.find((step) => (to - from) / step <= count) ?? steps.at(-1)!;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to && ticks.length < 1000; at += step) {
    ticks.push(at);
  }
  return { ticks, step };
}

/** Marks from 0 to the first one that is not below `max`, `count` steps at most. */
export function valueTicks(max: number, count: number): number[] {
  if (!(max > 0)) return [0, 1];
  const magnitude = 10 ** Math.floor(Math.log10(max / count));
  const step = [1, 2, 5, 10].map((n) => n * magnitude).find((step) => step * count >= max)!;
  const marks = Math.ceil(max / step - 1e-9);
  return Array.from({ length: marks + 1 }, (_, index) => index * step);
}
