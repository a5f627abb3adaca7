/**
 * Where the attempts stand in the timeline: a lane for each worker, a segment for each attempt.
 *
 * @module
 */
import type { AttemptRecord, RunHistory } from "../../history/history.ts";
import type { Span } from "./ticks.ts";

/** The part of a canvas in which is drawn, in pixels. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What is drawn where. */
export interface Scale {
  readonly area: Area;
  readonly span: Span;
}

/** An attempt in its lane. */
export interface Segment {
  /** Its place among the attempts. */
  readonly place: number;
  readonly worker: number;
  readonly x: number;
  readonly width: number;
}

/** Where a time stands. */
export function toX(at: number, { area, span }: Scale): number {
  return area.left + area.width * (at - span.from) / Math.max(1, span.to - span.from);
}

/** Which time stands there. */
export function toTime(x: number, { area, span }: Scale): number {
  const share = Math.min(1, Math.max(0, (x - area.left) / area.width));
  return span.from + share * (span.to - span.from);
}

/** How many lanes a history needs. */
export function countLanes({ sessions, attempts }: RunHistory): number {
  const pool = sessions.reduce((most, { numWorkers }) => Math.max(most, numWorkers), 1);
  return attempts.reduce((most, { worker }) => Math.max(most, worker + 1), pool);
}

/** The height of a lane, so that few are easy to see, and many fit. */
export function laneHeight(lanes: number): number {
  if (lanes <= 8) return 28;
  if (lanes <= 16) return 22;
  if (lanes <= 32) return 14;
  if (lanes <= 64) return 9;
  return lanes <= 200 ? 5 : 3;
}

/** The segments that can be seen, in the order of the attempts. */
export function layOut({ attempts, now }: RunHistory, scale: Scale): Segment[] {
  const { area, span } = scale;
  const segments: Segment[] = [];
  for (const [place, { worker, startedAt, endedAt = now }] of attempts.entries()) {
    if (endedAt < span.from || startedAt > span.to) continue;
    const x = Math.max(area.left, toX(startedAt, scale));
    const end = Math.min(area.left + area.width, toX(endedAt, scale));
    segments.push({ place, worker, x, width: end - x });
  }
  return segments;
}

/** The segment at a point of a lane; one that is very narrow can be met beside it. */
export function segmentAt(
  segments: readonly Segment[],
  { worker, x }: { worker: number; x: number },
): Segment | undefined {
  const reach = 3;
  let nearest: Segment | undefined;
  let distance = reach;
  for (const segment of segments) {
    if (segment.worker !== worker) continue;
    const away = Math.max(segment.x - x, x - segment.x - segment.width, 0);
    if (away < distance || (away === 0 && distance === 0)) {
      nearest = segment;
      distance = away;
    }
  }
  return nearest;
}

/** A time for which a worker waited to try a range again. */
export interface Wait {
  readonly worker: number;
  readonly from: number;
  readonly to: number;
}

/** The waits between attempts at the same range. */
export function findWaits(attempts: readonly AttemptRecord[]): Wait[] {
  const latest = new Map<number, AttemptRecord>();
  const waits: Wait[] = [];
  for (const attempt of attempts) {
    const before = latest.get(attempt.range);
    latest.set(attempt.range, attempt);
    if (before?.endedAt === undefined || before.session !== attempt.session) continue;
    waits.push({ worker: attempt.worker, from: before.endedAt, to: attempt.startedAt });
  }
  return waits;
}
