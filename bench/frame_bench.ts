// What one frame costs, from state to bytes, with every panel changed since the frame before.
import { fold, INITIAL_STATE, type RunEvent, type RunState } from "@lambdawaker/executor";
import { drawFrame } from "../src/reporters/grid/frame.ts";
import { Screen } from "../src/reporters/grid/screen.ts";

const SIZES = [[80, 24, 4], [100, 30, 4], [200, 50, 16], [200, 50, 1000]] as const;

function runningState(numWorkers: number): RunState {
  const v = 1;
  const t = 1_000_000;
  const totalItems = 100 * numWorkers;
  const events: RunEvent[] = [
    {
      v,
      t,
      kind: "run-started",
      runId: "r",
      totalItems,
      ranges: numWorkers,
      numWorkers,
      maxRetries: 0,
      retryFrom: "start",
    },
  ];
  for (let worker = 0; worker < numWorkers; worker++) {
    const ref = { v, t, worker, range: worker, attempt: 1 } as const;
    events.push({
      ...ref,
      kind: "attempt-started",
      startIndex: 100 * worker,
      endIndex: 100 * worker + 100,
      maxAttempt: 3,
    });
  }
  return events.reduce(fold, INITIAL_STATE);
}

function advance(state: RunState, step: number): RunState {
  return state.workers.reduce((state, { index: worker }) => {
    const ref = { v: 1, t: 1_000_000 + step, worker, range: worker, attempt: 1 } as const;
    const moved = fold(state, { ...ref, kind: "progress", done: step % 100 });
    return fold(moved, { ...ref, kind: "message", text: `item ${step}` });
  }, state);
}

for (const [columns, rows, workers] of SIZES) {
  const states = Array.from({ length: 100 }, (_, step) => advance(runningState(workers), step));
  const screen = new Screen({ color: true });
  let step = 0;
  Deno.bench(`frame ${columns}×${rows}, ${workers} workers`, () => {
    const state = states[step++ % states.length]!;
    const options = { title: "Bench", width: columns - 1, height: rows - 1, now: 1_005_000 + step };
    screen.draw(drawFrame(state, options), { columns, rows });
  });
}
