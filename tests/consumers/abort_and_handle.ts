// Stops one run by an AbortSignal, and changes another one by its handle.
import { ConfigError, SubprocessExecutor } from "@lambdawaker/executor";

const sleeper = new SubprocessExecutor({ totalItems: 2, numWorkers: 2 }, () => ["sleep", "60"]);
const stopped = await sleeper.run([], { signal: AbortSignal.timeout(100), handleSignals: false });
console.log(stopped.stoppedBy?.kind, stopped.failures.length, stopped.exitCode);

const executor = new SubprocessExecutor(
  { totalItems: 6, chunkSize: 1, numWorkers: 1 },
  () => ["true"],
);
const run = executor.start([], { handleSignals: false });
run.pause();
run.setWorkers(3);
try {
  run.setWorkers(0);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.log(error.field, error.value);
}
setTimeout(() => run.continue(), 50);
const summary = await run.summary;
console.log(summary.ok, run.state.numWorkers, run.state.isPaused);
