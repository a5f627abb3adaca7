// Runs live workers of made-up pilots over real pipes, and tells what the executor needs for them; then ranges that end at once,
// and tells how many are launched in a second: pilots_ours.ts PYTHON NODES WORKERS_OF_A_NODE LINES SECONDS RANGES.
import { SubprocessExecutor } from "@lambdawaker/executor";
import { Journal } from "@lambdawaker/executor/journal";
import type { Launcher } from "@lambdawaker/executor/launchers";
import type { PilotNode } from "../../src/launchers/pilot/pilot_node.ts";
import { PilotRun } from "../../src/launchers/pilot/pilot_run.ts";
import { ownCpuMs } from "./tenths.ts";

const [python = "python3", ...numbers] = Deno.args;
const [nodes = 0, workersOfNode = 0, lines = 0, seconds = 0, ranges = 0] = numbers.map(Number);
/** How often in a second each pilot writes: a real one gathers output for 20 ms. */
const WRITES = 50;
/** Until the first looks at workers are over, in milliseconds. */
const SETTLE_MS = 2_000;
/** Processes of a client such as srun. A made-up pilot is one process, and is its own client. */
const CLIENT_PROCESSES = 2;
/** Enough that no worker of a made-up pilot comes to the end of its range. */
const ITEMS = 1_000_000;

const numWorkers = nodes * workersOfNode;
const folder = await Deno.makeTempDir();
/** The workers print as soon as this file is there. */
const go = `${folder}/go`;
const pilot = new URL("pilot.py", import.meta.url).pathname;
const client = { command: python, args: ["-I", "-S", pilot, `${lines}`, `${WRITES}`, go] };
const places = Array.from({ length: nodes }, (_, index): PilotNode => ({
  name: `n${index}`,
  workers: workersOfNode,
  connect: () => Promise.resolve({ client, [Symbol.dispose]() {} }),
  launchWithAgent() {
    throw new Error("a pilot did not start");
  },
}));
const launcher: Launcher = {
  launch() {
    throw new Error("the run is not open");
  },
  open: (run) =>
    new PilotRun({
      nodes: { current: () => places, [Symbol.asyncDispose]: async () => {} },
      lease: 15_000,
      deno: undefined,
      run,
    }),
};

try {
  const live = await runLive();
  const short = await runShort();
  console.log(JSON.stringify({ ...live, ...short }));
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** Runs workers that live until they are stopped. */
async function runLive(): Promise<Record<string, number>> {
  const config = { totalItems: numWorkers * ITEMS, chunkSize: ITEMS, numWorkers };
  const executor = new SubprocessExecutor(config, () => ["made-up", "live"], { launcher });
  const stop = new AbortController();
  const allRun = Promise.withResolvers<void>();
  const speak = Promise.withResolvers<void>();
  let [spawned, spoken, events] = [0, 0, 0];
  const running = executor.run({
    report({ kind }) {
      events++;
      if (kind === "spawned" && ++spawned === numWorkers) allRun.resolve();
      if (kind === "progress" && ++spoken === numWorkers) speak.resolve();
    },
  }, { signal: stop.signal, journal: new Journal(`${folder}/journal`) });
  await allRun.promise;
  const silent = await measure(() => events);
  await Deno.writeTextFile(go, "");
  await speak.promise;
  const speaking = await measure(() => events);
  const processes = await ownProcesses() + (CLIENT_PROCESSES - 1) * nodes;
  const megabytes = await peakMegabytes();
  stop.abort();
  await running;
  return {
    silentPercent: silent.percent,
    percent: speaking.percent,
    events: speaking.events / numWorkers,
    processes,
    megabytes,
    stopMegabytes: await peakMegabytes(),
  };
}

/** Returns the CPU time and the number of events in a second, after a while. */
async function measure(count: () => number): Promise<{ percent: number; events: number }> {
  await pause(SETTLE_MS);
  const [before, cpuBefore, start] = [count(), ownCpuMs(), performance.now()];
  await pause(1000 * seconds);
  const ms = performance.now() - start;
  return { percent: 100 * (ownCpuMs() - cpuBefore) / ms, events: 1000 * (count() - before) / ms };
}

/** Runs ranges that end at once. */
async function runShort(): Promise<Record<string, number>> {
  const config = { totalItems: ranges, chunkSize: 1, numWorkers };
  const executor = new SubprocessExecutor(config, () => ["made-up", "short"], { launcher });
  let [ended, start, cpuBefore] = [0, 0, 0];
  const { ok } = await executor.run({
    report({ kind }) {
      // Until then, pilots are started.
      if (kind !== "range-ended" || ++ended !== ranges / 2) return;
      [start, cpuBefore] = [performance.now(), ownCpuMs()];
    },
  });
  if (!ok) throw new Error("not all ranges were done");
  return {
    rate: 1000 * ranges / 2 / (performance.now() - start),
    cpuUs: 1000 * (ownCpuMs() - cpuBefore) / (ranges / 2),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Returns the number of this process and all that descend from it. */
async function ownProcesses(): Promise<number> {
  const parents = new Map<number, number>();
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    // The name of the program is in parentheses, and may have spaces.
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
  }
  const isOwn = (pid: number | undefined): boolean =>
    pid === Deno.pid || pid !== undefined && pid > 1 && isOwn(parents.get(pid));
  return parents.keys().filter((pid) => isOwn(pid)).toArray().length;
}

/** Returns the most memory that this process had. */
async function peakMegabytes(): Promise<number> {
  const status = await Deno.readTextFile("/proc/self/status");
  return 1024 * Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1e6;
}
