// Runs ranges that end at once on nodes that are shells of this machine, and tells how many are done in a second:
// launches_ours.ts pilots|agents NODES WORKERS RANGES [PYTHON]. With Python, resident workers do them.
import { SubprocessExecutor } from "@lambdawaker/executor";
import type { Launcher } from "@lambdawaker/executor/launchers";
import type { PilotNode } from "../../src/launchers/pilot/pilot_node.ts";
import { PilotRun } from "../../src/launchers/pilot/pilot_run.ts";
import { BOOTSTRAP } from "../../src/launchers/remote/agent.ts";
import { RemoteProcess } from "../../src/launchers/remote/remote_process.ts";

const [way, ...others] = Deno.args;
const [nodes = 0, numWorkers = 0, ranges = 0] = others.slice(0, 3).map(Number);
const python = others[3];
const residentWorker = new URL("resident_worker.py", import.meta.url).pathname;
const LEASE_MS = 15_000;
const [command = "", ...args] = BOOTSTRAP;

const closed: Promise<void>[] = [];
const places = Array.from({ length: nodes }, (_, index): PilotNode => {
  const client = { command, args, engine: { node: `n${index}` } };
  return {
    name: `n${index}`,
    workers: Math.ceil(numWorkers / nodes),
    connect: () => Promise.resolve({ client, [Symbol.dispose]() {} }),
    launchWithAgent(command) {
      const options = { command, lease: LEASE_MS, gracePeriod: 1_000 };
      const worker = RemoteProcess.start(client, options);
      closed.push(worker.closed);
      return Promise.resolve(worker);
    },
  };
});
const throughAgents: Launcher = {
  launch: (command) => places[closed.length % nodes]!.launchWithAgent(command),
  open: () => ({
    launch: throughAgents.launch,
    [Symbol.asyncDispose]: async () => void await Promise.all(closed),
  }),
};
const throughPilots: Launcher = {
  launch() {
    throw new Error("the run is not open");
  },
  open: (run) =>
    new PilotRun({
      nodes: { current: () => places, [Symbol.asyncDispose]: async () => {} },
      lease: LEASE_MS,
      deno: Deno.execPath(),
      run,
    }),
};

const executor = new SubprocessExecutor(
  { totalItems: ranges, chunkSize: 1, numWorkers, resident: python !== undefined },
  () => python === undefined ? ["/bin/true"] : [python, residentWorker],
  { launcher: way === "pilots" ? throughPilots : throughAgents },
);
/** The first ranges wait until all pilots run. */
const first = ranges / 5;
let [ended, start, seconds] = [0, 0, 0];
const { ok } = await executor.run({
  report({ kind }) {
    if (kind !== "range-ended") return;
    ended++;
    if (ended === first) start = performance.now();
    if (ended === ranges) seconds = (performance.now() - start) / 1000;
  },
});
if (!ok) throw new Error("not all ranges were done");
console.log(JSON.stringify({ rate: (ranges - first) / seconds }));
