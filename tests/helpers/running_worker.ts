import type { WorkerState } from "@lambdawaker/executor";

/** State of a worker that has just started and is at 20 of 50 items. */
export const RUNNING: WorkerState = {
  index: 3,
  status: "RUNNING",
  progress: 20,
  total: 50,
  message: "at work",
  attempt: 1,
  maxAttempt: 2,
  extraData: { startIndex: 0, endIndex: 50, range: 0 },
  startedAt: 1_000_000,
  log: [],
};
