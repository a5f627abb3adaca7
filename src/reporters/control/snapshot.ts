/**
 * Snapshot of a run's state for clients: the whole state, with long texts and lists cut.
 *
 * @module
 */
import type { RunState } from "../../model/state.ts";
import type { WorkerState } from "../../model/types.ts";

/** The log lines of a worker or a failure that are sent. */
const MAX_LINES = 200;
/** The characters of each. */
const MAX_LINE = 400;
/** The characters of all log lines of a snapshot. */
const MAX_LOGS = 1 << 20;
/** The items of a worker's range that are sent; a range with more of them has only the first ones. */
const MAX_ITEMS = 1_000;

/** Returns a state whose encoding takes bounded room and time, whatever workers print. */
export function snapshotOf(state: RunState): RunState {
  let room = MAX_LOGS;
  const cut = (log: readonly string[]): readonly string[] => {
    if (log.length === 0 || room <= 0) return [];
    const lines = log.slice(-MAX_LINES).map((line) => line.slice(0, MAX_LINE));
    room -= lines.reduce((sum, line) => sum + line.length, 0);
    return lines;
  };
  // Failures come first: they stay.
  const failures = state.failures.map((failure) => ({ ...failure, log: cut(failure.log) }));
  const workers = state.workers.map((worker) => ({
    ...withFewItems(worker),
    log: cut(worker.log),
  }));
  const { lastLog } = state;
  return {
    ...state,
    failures,
    workers,
    lastLog: lastLog && { ...lastLog, line: lastLog.line.slice(0, MAX_LINE) },
  };
}

function withFewItems(worker: WorkerState): WorkerState {
  const { items, extraData } = worker;
  if (items === undefined || items.length <= MAX_ITEMS) return worker;
  const few = items.slice(0, MAX_ITEMS);
  return { ...worker, items: few, extraData: { ...extraData, items: few } };
}
