// Runs ranges of /bin/true, 8 at once: spawn_ours.ts RANGES [--no-reaper].
import { type Launcher, LocalLauncher } from "@lambdawaker/executor/launchers";
import { SubprocessExecutor } from "@lambdawaker/executor";

const [ranges = "", option] = Deno.args;
const local = new LocalLauncher();
/** A launcher without `open()`, which therefore starts no reaper. */
const withoutReaper: Launcher = { launch: (command) => local.launch(command) };
const executor = new SubprocessExecutor(
  { totalItems: Number(ranges), chunkSize: 1, numWorkers: 8 },
  () => ["/bin/true"],
  { launcher: option === "--no-reaper" ? withoutReaper : local },
);
const start = performance.now();
const { ok } = await executor.run();
if (!ok) throw new Error("the run failed");
console.log(JSON.stringify({ rate: Number(ranges) / ((performance.now() - start) / 1000) }));
