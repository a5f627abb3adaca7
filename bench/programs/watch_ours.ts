// Draws workers on a terminal that counts bytes, so many frames a second at most: watch_ours.ts COLUMNS ROWS ITEMS WORKERS
// FRAMES COMMAND…
import process from "node:process";
import { AnsiReporter, type RunEvent, SubprocessExecutor } from "@lambdawaker/executor";
import type { Terminal } from "@lambdawaker/executor/reporters";
import { type Clock, systemClock } from "../../src/base/clock.ts";

const [columns, rows, items, workers, perSecond] = Deno.args.slice(0, 5).map(Number);
const encoder = new TextEncoder();
let [bytes, frames, lastFrameAt] = [0, 0, 0];
const count = (text: string) => {
  frames++;
  lastFrameAt = performance.now();
  bytes += encoder.encode(text).length;
};
const terminal: Terminal = {
  size: () => ({ columns: columns!, rows: rows! }),
  onResize: () => ({ [Symbol.dispose]() {} }),
  writeSync: count,
  write: (text) => Promise.resolve(count(text)),
};
/** Makes a frame wait for its time. */
const clock: Clock = {
  now: () => systemClock.now(),
  after(ms, action) {
    const due = lastFrameAt + 1000 / perSecond! - performance.now();
    return systemClock.after(Math.max(ms, due), action);
  },
};
const command = Deno.args.slice(5);
const executor = new SubprocessExecutor(
  { totalItems: items! * workers!, numWorkers: workers },
  () => command,
);
const marks: { at: number; cpuMs: number; bytes: number; frames: number }[] = [];
const mark = () => {
  const { user, system } = process.cpuUsage();
  marks.push({ at: performance.now(), cpuMs: (user + system) / 1000, bytes, frames });
};
let [started, ended] = [0, 0];
/** Measures from the time when all workers have started to the time when the first one has ended. */
const watch = {
  report({ kind }: RunEvent) {
    if (kind === "spawned" && ++started === workers) mark();
    if (kind === "attempt-ended" && ended++ === 0) mark();
  },
};
const grid = new AnsiReporter({ title: "Bench", color: "always", terminal, clock });
const { ok } = await executor.run([grid, watch]);
if (!ok) throw new Error("the run failed");
const [from, to] = marks;
const spent = (figure: "at" | "cpuMs" | "bytes" | "frames") => to![figure] - from![figure];
const seconds = spent("at") / 1000;
console.log(JSON.stringify({
  cpuMs: spent("cpuMs") / seconds,
  bytes: spent("bytes") / seconds,
  frames: spent("frames") / seconds,
  frameCpuMs: spent("cpuMs") / spent("frames"),
  frameBytes: spent("bytes") / spent("frames"),
}));
