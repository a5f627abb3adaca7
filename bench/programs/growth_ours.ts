// Runs ranges whose workers end at once, and compares the last tenth of them with an early one: growth_ours.ts RANGES.
import { Journal } from "@lambdawaker/executor/journal";
import type { Launcher } from "@lambdawaker/executor/launchers";
import { SubprocessExecutor } from "@lambdawaker/executor";

/** Exists with --v8-flags=--expose-gc. */
const collectGarbage: () => void = Reflect.get(globalThis, "gc");
const ranges = Number(Deno.args[0]);
const nothing = () =>
  new ReadableStream<Uint8Array>({ type: "bytes", start: (controller) => controller.close() });
const launcher: Launcher = {
  launch: () => ({
    pid: 1,
    stdout: nothing(),
    stderr: nothing(),
    status: Promise.resolve({ kind: "exited", code: 0 }),
    kill() {},
    groupIsAlive: () => false,
  }),
};
const path = await Deno.makeTempFile();
await Deno.remove(path);
/** The time of each tenth, and the memory in use after it. */
const tenths: { ms: number; heap: number }[] = [];
let start = performance.now();
let ended = 0;
const executor = new SubprocessExecutor(
  { totalItems: ranges, chunkSize: 1, numWorkers: 8 },
  () => ["none"],
  { launcher },
);
const { ok } = await executor.run({
  report({ kind }) {
    if (kind !== "range-ended" || ++ended % (ranges / 10) !== 0) return;
    const ms = performance.now() - start;
    collectGarbage();
    tenths.push({ ms, heap: Deno.memoryUsage().heapUsed });
    start = performance.now();
  },
}, { journal: new Journal(path) });
await Deno.remove(path);
if (!ok) throw new Error("the run failed");
const [second, last] = [tenths[1]!, tenths.at(-1)!];
console.log(JSON.stringify({
  time: last.ms / second.ms,
  memory: last.heap / second.heap,
  microseconds: 1000 * last.ms / (ranges / 10),
}));
