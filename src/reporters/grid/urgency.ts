/**
 * Which workers to look at first.
 *
 * @module
 */
import type { WorkerState } from "../../models.ts";
import { isRunning, isWaiting } from "../../state.ts";

/** Sorts workers, the most urgent first: failed and retrying, running, pending, done; equals by number. */
export function byUrgency(workers: readonly WorkerState[]): WorkerState[] {
  return workers.toSorted((a, b) => urgency(a) - urgency(b) || a.index - b.index);
}

/** Counts workers as `running`, `pending` or `done`, for those that are not shown. */
export function countByActivity(
  workers: readonly WorkerState[],
): { running: number; pending: number; done: number } {
  const running = workers.filter((worker) => isRunning(worker) || isWaiting(worker)).length;
  const pending = workers.filter((worker) => worker.attempt === 0).length;
  return { running, pending, done: workers.length - running - pending };
}

function urgency(worker: WorkerState): number {
  if (isWaiting(worker)) return 0;
  if (isRunning(worker)) return 1;
  if (worker.attempt === 0) return 2;
  return worker.status === "FAILED" || worker.status === "CRASHED" ? 0 : 3;
}
