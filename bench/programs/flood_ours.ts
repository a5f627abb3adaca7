// Runs so many workers that print a file of so many lines, and tells how many lines were read in a second.
import { SubprocessExecutor } from "@lambdawaker/executor";

const [file = "", workers = "", lines = ""] = Deno.args;
const totalItems = Number(workers) * Number(lines);
const executor = new SubprocessExecutor(
  { totalItems, numWorkers: Number(workers) },
  () => ["cat", file],
);
let last = -1;
const start = performance.now();
const { ok, malformed } = await executor.run({
  report(event) {
    if (event.kind === "attempt-ended") last = event.progress;
  },
});
const seconds = (performance.now() - start) / 1000;
if (!ok || malformed > 0 || last !== Number(lines) - 1) throw new Error(`read wrongly: ${last}`);
console.log(JSON.stringify({ rate: totalItems / seconds }));
