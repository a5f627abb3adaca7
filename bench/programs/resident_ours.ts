// Runs one-item ranges by eight resident workers, with a journal, and tells how many ended in a second, what CPU time each
// took, and how the last tenth of them differs from an early one: resident_ours.ts RANGES PYTHON.
import { SubprocessExecutor } from "@lambdawaker/executor";
import { Journal } from "@lambdawaker/executor/journal";
import { ownCpuMs, Tenths } from "./tenths.ts";

const [ranges = "", python = "python3"] = Deno.args;
const totalItems = Number(ranges);
const worker = new URL("resident_worker.py", import.meta.url).pathname;
const journal = await Deno.makeTempFile();
await Deno.remove(journal);
const executor = new SubprocessExecutor(
  { totalItems, chunkSize: 1, numWorkers: 8, resident: true },
  () => [python, worker],
);
const [start, cpuAtStart] = [performance.now(), ownCpuMs()];
const tenths = new Tenths(totalItems);
const { ok } = await executor.run({
  report: ({ kind }) => kind === "range-ended" && tenths.add(),
}, { journal: new Journal(journal) });
const seconds = (performance.now() - start) / 1000;
const cpu = ownCpuMs() - cpuAtStart;
await Deno.remove(journal);
if (!ok) throw new Error("not all ranges were done");
const { memory, megabytes } = tenths.figures();
console.log(JSON.stringify({
  rate: totalItems / seconds,
  cpuUs: 1000 * cpu / totalItems,
  treeCpuUs: 1000 * (cpu + endedChildrenCpuMs()) / totalItems,
  memory,
  megabytes,
}));

/** Returns the CPU time of the children that have ended, and of theirs, in milliseconds; NaN without /proc. */
function endedChildrenCpuMs(): number {
  const TICK_MS = 10;
  try {
    const stat = Deno.readTextFileSync("/proc/self/stat");
    // The name of the program is in parentheses, and may have spaces.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return TICK_MS * (Number(fields[13]) + Number(fields[14]));
  } catch {
    return NaN;
  }
}
