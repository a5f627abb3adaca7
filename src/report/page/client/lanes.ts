/**
 * Layout of the timeline: a lane for each worker, or for each slot of a node, and a segment for each attempt.
 *
 * @module
 */
import { type AttemptRecord, countWorkers, type RunHistory } from "../../history/history.ts";
import { type Scale, toX } from "./scale.ts";

/** Attempts whose `worker` is the number of their lane. */
export interface Lanes {
  readonly attempts: readonly AttemptRecord[];
  /** The name of each lane. */
  readonly names: readonly string[];
}

/** Assigns attempts to lanes: by node if there are several nodes, otherwise by worker. */
export function layLanes(history: RunHistory): Lanes {
  return layByNode(history) ??
    { attempts: history.attempts, names: workerNames(countWorkers(history)) };
}

function workerNames(workers: number): string[] {
  return Array.from(
    { length: workers },
    (_, worker) => worker < 1_000 ? `worker ${worker}` : `${worker}`,
  );
}

/** Assigns attempts to the lanes of their nodes, as many per node as it had attempts at the same time. */
function layByNode({ attempts, now }: RunHistory): Lanes | undefined {
  /** The time at which each lane of a node is free again. */
  const free = new Map<string, number[]>();
  const slots = attempts.map(({ node = "", startedAt, endedAt = now }) => {
    const lanes = free.get(node) ?? [];
    free.set(node, lanes);
    const found = lanes.findIndex((until) => until <= startedAt);
    const slot = found < 0 ? lanes.length : found;
    lanes[slot] = endedAt;
    return slot;
  });
  const nodes = Array.from(free.keys()).filter((node) => node !== "");
  if (nodes.length < 2) return undefined;
  nodes.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  // Attempts that never ran on a node come last.
  const order = free.has("") ? [...nodes, ""] : nodes;
  const first = new Map<string, number>();
  const names: string[] = [];
  for (const node of order) {
    first.set(node, names.length);
    names.push(...free.get(node)!.map((_, slot) => `${node === "" ? "nowhere" : node} ${slot}`));
  }
  return {
    names,
    attempts: attempts.map((attempt, index) => ({
      ...attempt,
      worker: first.get(attempt.node ?? "")! + slots[index]!,
    })),
  };
}

/** Returns the height of a lane: few lanes are easy to see, and many fit on the screen. */
export function laneHeight(lanes: number): number {
  if (lanes <= 8) return 28;
  if (lanes <= 16) return 22;
  if (lanes <= 32) return 14;
  if (lanes <= 64) return 9;
  return lanes <= 200 ? 5 : 3;
}

/** The horizontal extent of an attempt in its lane. */
export interface Segment {
  /** Index of the attempt. */
  readonly index: number;
  readonly lane: number;
  readonly x: number;
  readonly width: number;
}

/** Returns the segments that are visible, in the order of the attempts. */
export function layOut(
  attempts: readonly AttemptRecord[],
  { now, scale }: { now: number; scale: Scale },
): Segment[] {
  const { area, span } = scale;
  const segments: Segment[] = [];
  for (const [index, { worker: lane, startedAt, endedAt = now }] of attempts.entries()) {
    if (endedAt < span.from || startedAt > span.to) continue;
    const x = Math.max(area.left, toX(startedAt, scale));
    const end = Math.min(area.left + area.width, toX(endedAt, scale));
    segments.push({ index, lane, x, width: end - x });
  }
  return segments;
}

/** Returns the segment at a point of a lane, or one at most 3 pixels beside it. */
export function segmentAt(
  segments: readonly Segment[],
  { lane, x }: { lane: number; x: number },
): Segment | undefined {
  const reach = 3;
  let nearest: Segment | undefined;
  let distance = reach;
  for (const segment of segments) {
    if (segment.lane !== lane) continue;
    const away = Math.max(segment.x - x, x - segment.x - segment.width, 0);
    if (away < distance || (away === 0 && distance === 0)) {
      nearest = segment;
      distance = away;
    }
  }
  return nearest;
}

/** A time in which a worker waited before it tried a range again. */
export interface Wait {
  readonly lane: number;
  readonly from: number;
  readonly to: number;
}

/** Returns the waits between attempts at the same range. */
export function findWaits(attempts: readonly AttemptRecord[]): Wait[] {
  const latest = new Map<number, AttemptRecord>();
  const waits: Wait[] = [];
  for (const attempt of attempts) {
    const before = latest.get(attempt.range);
    latest.set(attempt.range, attempt);
    if (before?.endedAt === undefined || before.session !== attempt.session) continue;
    waits.push({ lane: attempt.worker, from: before.endedAt, to: attempt.startedAt });
  }
  return waits;
}
