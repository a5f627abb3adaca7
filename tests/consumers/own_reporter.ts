// Watches a run with a reporter of its own, whose handle drains it.
import {
  type Reporter,
  type RunEvent,
  type RunHandle,
  SubprocessExecutor,
} from "@lambdawaker/executor";
import { currentItems, type RunState } from "@lambdawaker/executor/events";

class LineReporter implements Reporter {
  #run: RunHandle | undefined;

  control(run: RunHandle): void {
    this.#run = run;
  }

  report(event: RunEvent, state: RunState): void {
    switch (event.kind) {
      case "range-ended": {
        const why = event.cause === undefined ? "" : ` (${event.cause.kind})`;
        console.log(`${event.status}${why}: ${currentItems(state)}/${state.totalItems}`);
        return;
      }
      case "spawned":
        if (event.range === 2) this.#run?.drain();
        return;
      default:
        return;
    }
  }

  async close(): Promise<void> {
    await Promise.resolve();
    console.log("closed");
  }
}

const executor = new SubprocessExecutor(
  { totalItems: 10, chunkSize: 1, numWorkers: 1 },
  ({ extraData }) => ["sh", "-c", extraData.startIndex === 1 ? "exit 3" : "true"],
);
const { exitCode, failures, stoppedBy } = await executor.run(new LineReporter());
console.log(
  exitCode,
  stoppedBy?.kind,
  failures.map(({ range, cause }) => `${range}: ${cause.kind}`),
);
