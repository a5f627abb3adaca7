import type { WorkerState } from "@lambdawaker/executor";

/** A worker at 20 of 50 items that has just begun. */
export const RUNNING: WorkerState = {
  index: 3,
  status: "RUNNING",
  progress: 20,
  total: 50,
  message: "at work",
  attempt: 1,
  maxAttempt: 2,
  extraData: { startIndex: 0, endIndex: 50, rangeIndex: 0 },
  startedAt: 1_000_000,
  log: [],
};
