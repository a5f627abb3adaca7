// Tells what so many live workers, each of which has said something, take of this process.
import { SubprocessExecutor } from "@lambdawaker/executor";

const numWorkers = Number(Deno.args[0]);
const SETTLE_MS = 1_000;
const script = "echo PROGRESS: 0; echo MESSAGE: at work; echo a line; exec sleep 1000";
// What the code itself takes is there before.
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
    // It would wait for others to end, which none does.
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
