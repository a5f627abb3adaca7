/**
 * Time series of the charts: active workers, items per second, and memory.
 *
 * @module
 */
import type { AttemptRecord, RunHistory, Sample } from "../../history/history.ts";
import type { Span } from "./scale.ts";

/** A span that is divided into equal parts, with a value for each. */
export interface Series {
  readonly span: Span;
  readonly values: readonly number[];
}

/** Returns the mean number of active workers in each of `parts` parts of a span. */
export function activeWorkers(
  history: RunHistory,
  { span, parts }: { span: Span; parts: number },
): Series {
  return sumOverTime(history, { span, parts, weightOf: () => 1 });
}

/** Returns the peaks of memory of the attempts that ran in each of `parts` parts of a span, added up, in megabytes. */
export function memoryPeaks(
  history: RunHistory,
  { span, parts }: { span: Span; parts: number },
): Series {
  return sumOverTime(history, { span, parts, weightOf: ({ peakRss = 0 }) => peakRss / 2 ** 20 });
}

/** Adds up the weights of the attempts that ran in each part of a span. */
function sumOverTime(
  { attempts, now }: RunHistory,
  { span, parts, weightOf }: {
    span: Span;
    parts: number;
    weightOf: (attempt: AttemptRecord) => number;
  },
): Series {
  const size = Math.max(1, span.to - span.from) / parts;
  // An attempt counts as a fraction in the parts where it begins and ends, and fully in those between.
  const edges = new Float64Array(parts + 1);
  const full = new Float64Array(parts + 1);
  for (const attempt of attempts) {
    const { startedAt, endedAt = now } = attempt;
    const weight = weightOf(attempt);
    const from = (Math.max(startedAt, span.from) - span.from) / size;
    const to = (Math.min(endedAt, span.to) - span.from) / size;
    if (to <= from) continue;
    const [first, last] = [Math.floor(from), Math.min(Math.floor(to), parts - 1)];
    if (first === last) {
      edges[first]! += weight * (to - from);
      continue;
    }
    edges[first]! += weight * (first + 1 - from);
    edges[last]! += weight * (to - last);
    full[first + 1]! += weight;
    full[last]! -= weight;
  }
  let running = 0;
  const values = Array.from({ length: parts }, (_, part) => {
    running += full[part]!;
    return edges[part]! + running;
  });
  return { span, values };
}

/** Returns into how many parts a span is divided: at most 120, and not finer than workers report progress. */
function rateParts({ from, to }: Span): number {
  const span = Math.max(1, to - from);
  const size = Math.max(span / 120, Math.min(1_000, span / 24));
  return Math.max(1, Math.round(span / size));
}

/** Returns items per second in parts of a span. Where items of a failed attempt are taken back, the rate is 0. */
export function itemRates({ samples }: RunHistory, span: Span): Series {
  const parts = rateParts(span);
  const size = Math.max(1, span.to - span.from) / parts;
  const done = doneAt(samples, Array.from({ length: parts + 1 }, (_, i) => span.from + i * size));
  const values = Array.from(
    { length: parts },
    (_, part) => 1000 * Math.max(0, done[part + 1]! - done[part]!) / size,
  );
  return { span, values };
}

/** Returns the number of items done at each of some ascending times, interpolated between samples. */
function doneAt(samples: readonly Sample[], times: readonly number[]): number[] {
  let next = 0;
  return times.map((at) => {
    while (next < samples.length && samples[next]![0] < at) next++;
    const [before, after] = [samples[next - 1], samples[next]];
    if (before === undefined) return after?.[1] ?? 0;
    if (after === undefined) return before[1];
    const share = (at - before[0]) / (after[0] - before[0]);
    return before[1] + share * (after[1] - before[1]);
  });
}
