// Runs ranges whose workers are made up and end at once, and compares the last tenth of them with an early one: growth_ours.ts RANGES.
import { Journal } from "@lambdawaker/executor/journal";
import type { Launcher } from "@lambdawaker/executor/launchers";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { ownCpuMs, Tenths } from "./tenths.ts";

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
const executor = new SubprocessExecutor(
  { totalItems: ranges, chunkSize: 1, numWorkers: 8 },
  () => ["none"],
  { launcher },
);
const tenths = new Tenths(ranges);
const { ok } = await executor.run({
  report: ({ kind }) => kind === "range-ended" && tenths.add(),
}, { journal: new Journal(path) });
await Deno.remove(path);
if (!ok) throw new Error("the run failed");
console.log(JSON.stringify({ ...tenths.figures(), cpuUs: 1000 * ownCpuMs() / ranges }));
