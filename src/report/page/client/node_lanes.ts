/**
 * The lanes of a run on several machines: together by machine, as many for each as it had workers at the same time.
 *
 * @module
 */
import type { AttemptRecord, RunHistory } from "../../history/history.ts";

/** Attempts with the numbers of their lanes in place of those of their workers. */
export interface NodeLanes {
  readonly attempts: readonly AttemptRecord[];
  /** What each lane is called. */
  readonly names: readonly string[];
}

/** Puts attempts into lanes by machine; nothing when there are not several machines. */
export function layByNode({ attempts, now }: RunHistory): NodeLanes | undefined {
  /** When each lane of a machine is free again. */
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
  // What never ran anywhere comes last.
  const order = free.has("") ? [...nodes, ""] : nodes;
  const first = new Map<string, number>();
  const names: string[] = [];
  for (const node of order) {
    first.set(node, names.length);
    names.push(...free.get(node)!.map((_, slot) => `${node === "" ? "nowhere" : node} ${slot}`));
  }
  return {
    names,
    attempts: attempts.map((attempt, place) => ({
      ...attempt,
      worker: first.get(attempt.node ?? "")! + slots[place]!,
    })),
  };
}
