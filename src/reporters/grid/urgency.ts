/**
 * Order of workers by urgency.
 *
 * @module
 */
import { isFailed } from "../../model/statuses.ts";
import type { WorkerState } from "../../model/types.ts";
import { isRunning, isWaiting, quietMs } from "../../model/state.ts";

/** Facts that decide whether a worker is stalled. */
export interface UrgencyOptions {
  readonly stallTimeout?: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Sorts workers by urgency: failed or retrying, stalled or slow, running, pending, done. Equals are sorted by number. */
export function byUrgency(
  workers: readonly WorkerState[],
  options: UrgencyOptions,
): readonly WorkerState[] {
  return workers.toSorted((a, b) => urgency(a, options) - urgency(b, options) || a.index - b.index);
}

/** Counts workers as `running`, `pending` or `done`. */
export function countByActivity(
  workers: readonly WorkerState[],
): { running: number; pending: number; done: number } {
  const running = workers.filter((worker) => isRunning(worker) || isWaiting(worker)).length;
  const pending = workers.filter((worker) => worker.attempt === 0).length;
  return { running, pending, done: workers.length - running - pending };
}

function urgency(worker: WorkerState, options: UrgencyOptions): number {
  if (isWaiting(worker)) return 0;
  if (isRunning(worker)) {
    const isBehind = quietMs(worker, options) !== undefined || worker.slowBeside !== undefined;
    return isBehind ? 1 : 2;
  }
  if (worker.attempt === 0) return 3;
  return isFailed(worker.status) ? 0 : 4;
}
