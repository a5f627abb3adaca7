// Runs a job and exits with its code.
import { defaultReporter, SubprocessExecutor } from "@lambdawaker/executor";

const executor = new SubprocessExecutor(
  { totalItems: 100, numWorkers: 4, maxRetries: 1, retryDelay: 0, gridCols: 2 },
  ({ extraData: { startIndex, endIndex }, attempt }) => [
    "sh",
    "-c",
    attempt === 1 && startIndex === 0 ? "exit 1" : `echo PROGRESS: ${endIndex - startIndex}`,
  ],
);
const summary = await executor.run(defaultReporter({ title: "Basic" }));
console.log(`retries: ${summary.retries}, done: ${summary.doneItems}`);
Deno.exit(summary.exitCode);
