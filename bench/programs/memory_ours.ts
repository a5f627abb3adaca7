// Prints the memory that live workers, each of which has printed something, take of this process: memory_ours.ts WORKERS.
import { SubprocessExecutor } from "@lambdawaker/executor";

const numWorkers = Number(Deno.args[0]);
const SETTLE_MS = 1_000;
const script = "echo PROGRESS: 0; echo MESSAGE: at work; echo a line; exec sleep 1000";
// Loads all code, so that its memory is not counted.
await new SubprocessExecutor({ totalItems: 8, numWorkers: 8 }, () => ["true"]).run();
const before = Deno.memoryUsage().rss;
const stop = new AbortController();
let speaking = 0;
const executor = new SubprocessExecutor(
  { totalItems: numWorkers, numWorkers },
  () => ["sh", "-c", script],
);
let kilobytes = 0;
await executor.run({
  report(event) {
    // The launch would wait for other workers to end, which never happens.
    if (event.kind === "launch-delayed") stop.abort();
    if (event.kind !== "message" || ++speaking < numWorkers) return;
    setTimeout(() => {
      kilobytes = (Deno.memoryUsage().rss - before) / 1000 / numWorkers;
      stop.abort();
    }, SETTLE_MS);
  },
}, { signal: stop.signal });
if (kilobytes === 0) throw new Error(`only ${speaking} workers could be started: see ulimit -n`);
console.log(JSON.stringify({ kilobytes }));
