// Draws so many workers into a terminal that counts: watch_ours.ts COLUMNS ROWS WORKERS COMMAND…
import process from "node:process";
import { AnsiReporter, SubprocessExecutor, type Terminal } from "@lambdawaker/executor";

const [columns, rows, workers] = Deno.args.slice(0, 3).map(Number);
const encoder = new TextEncoder();
let bytes = 0;
const count = (text: string) => {
  bytes += encoder.encode(text).length;
};
const terminal: Terminal = {
  size: () => ({ columns: columns!, rows: rows! }),
  onResize: () => ({ [Symbol.dispose]() {} }),
  writeSync: count,
  write: (text) => Promise.resolve(count(text)),
};
const executor = new SubprocessExecutor(
  { totalItems: 1000 * workers!, numWorkers: workers },
  () => Deno.args.slice(3),
);
const { ok } = await executor.run(new AnsiReporter({ title: "Bench", color: "always", terminal }));
if (!ok) throw new Error("the run failed");
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ cpuMs: (user + system) / 1000, bytes }));
