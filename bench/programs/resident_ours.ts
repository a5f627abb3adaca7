// Runs so many one-item ranges by eight resident workers, with a journal, and tells how many ended in a second.
import { SubprocessExecutor } from "@lambdawaker/executor";
import { Journal } from "@lambdawaker/executor/journal";

const [ranges = ""] = Deno.args;
const totalItems = Number(ranges);
const worker = new URL("resident_worker.py", import.meta.url).pathname;
const journal = await Deno.makeTempFile();
await Deno.remove(journal);
const executor = new SubprocessExecutor(
  { totalItems, chunkSize: 1, numWorkers: 8, resident: true },
  () => ["python3", worker],
);
const start = performance.now();
const { ok } = await executor.run([], { journal: new Journal(journal) });
const seconds = (performance.now() - start) / 1000;
await Deno.remove(journal);
if (!ok) throw new Error("not all ranges were done");
console.log(JSON.stringify({ rate: totalItems / seconds }));
