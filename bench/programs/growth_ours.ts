// Runs so many ranges whose workers end at once, and compares a tenth of them at the end with one at the beginning.
import { Journal, type Launcher, SubprocessExecutor } from "@lambdawaker/executor";

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
/** At the end of each tenth. */
const marks = [{ at: performance.now(), rss: Deno.memoryUsage().rss }];
let ended = 0;
const executor = new SubprocessExecutor(
  { totalItems: ranges, chunkSize: 1, numWorkers: 8 },
  () => ["none"],
  { launcher },
);
const { ok } = await executor.run({
  report({ kind }) {
    if (kind !== "range-ended" || ++ended % (ranges / 10) !== 0) return;
    marks.push({ at: performance.now(), rss: Deno.memoryUsage().rss });
  },
}, { journal: new Journal(path) });
await Deno.remove(path);
if (!ok) throw new Error("the run failed");
const [, first, second] = marks;
const [ninth, last] = marks.slice(-2);
console.log(JSON.stringify({
  time: (last!.at - ninth!.at) / (second!.at - first!.at),
  memory: last!.rss / second!.rss,
  microseconds: 1000 * (last!.at - first!.at) / (0.9 * ranges),
}));
