// Prints the CPU time that live and silent workers, whose usage is sampled, cost this process: sample_ours.ts WORKERS.
import process from "node:process";
import { SubprocessExecutor } from "@lambdawaker/executor";

const numWorkers = Number(Deno.args[0]);
/** The first looks at a worker come more often than the others. */
const SETTLE_MS = 1_500;
const MEASURE_MS = 5_000;
const stop = new AbortController();
let spawned = 0;
let sampleCpuMs: number | undefined;
const executor = new SubprocessExecutor(
  { totalItems: numWorkers, numWorkers, gracePeriod: 1_000 },
  () => ["sleep", "1000"],
);
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function measure(): Promise<void> {
  await pause(SETTLE_MS);
  const [before, start] = [cpuMs(), performance.now()];
  await pause(MEASURE_MS);
  sampleCpuMs = 1000 * (cpuMs() - before) / (performance.now() - start);
  stop.abort();
}
await executor.run({
  report(event) {
    // The launch would wait for other workers to end, which never happens.
    if (event.kind === "launch-delayed") stop.abort();
    if (event.kind === "spawned" && ++spawned === numWorkers) measure();
  },
}, { signal: stop.signal });
if (sampleCpuMs === undefined) {
  throw new Error(`only ${spawned} workers could be started: see ulimit -n`);
}
console.log(JSON.stringify({ sampleCpuMs }));
