// What only pilots do, or do in their own way.
import { assert, assertEquals } from "@std/assert";
import { quote } from "../../../src/base/shell.ts";
import { withFolder } from "../../helpers/journal.ts";
import { type Need, needs, testWith } from "../../helpers/needs.ts";
import { until } from "../../helpers/processes.ts";
import { RESIDENT_WORKER } from "../../helpers/run_resident.ts";
import { Allocation, type AllocationOptions } from "./allocation.ts";
import type { Executor } from "./cluster_executor.ts";
import { mustRun } from "./daemon.ts";
import { type NodeName, NODES } from "./nodes.ts";
import { commandOf, descendants, isAlive, signal } from "./process_tree.ts";
import { hasGroups, SlurmCluster } from "./slurm_cluster.ts";
import { assertAllDone, assertNothingCharged, record, witnessed } from "./witness.ts";

/** Calls a test with an allocation in a cluster of its own. */
function withPilots(
  test: (scene: { cluster: SlurmCluster; allocation: Allocation; folder: string }) => Promise<void>,
): () => Promise<void> {
  return () =>
    withFolder(async (folder) => {
      await using cluster = await SlurmCluster.up();
      await using allocation = await Allocation.of(cluster);
      await test({ cluster, allocation, folder });
    });
}

/** The processes of the pilots on a node. */
function pilotsOn(cluster: SlurmCluster, node: NodeName): number[] {
  return cluster.stepds(node).flatMap(descendants).filter((pid) => commandOf(pid) === "deno");
}

/** The nodes on which workers were started, with the number of these. */
function nodesOf(executor: Executor): Map<string | undefined, number> {
  const events = Map.groupBy(executor.events("spawned"), ({ node }) => node);
  return new Map(Array.from(events, ([node, of]) => [node, of.length]));
}

Deno.test(
  "Slurm: the workers of a pilot that is killed end, and their ranges are done elsewhere, uncharged",
  withPilots(async ({ cluster, allocation, folder }) => {
    const work = `trap 'echo "$1 asked" >>"$2/record"; exit 1' TERM; sleep 3 & wait`;
    const options = ["--lease", "3s", "--grace-period", "1s", "--retry-delay", "200ms"];
    const executor = allocation.conduct(
      ["-n", "12", "-c", "1", "-w", "6", ...options],
      witnessed(folder, work),
      folder,
    );
    await until(() => executor.events("spawned").length === 6, "six workers are there", {
      patience: 20_000,
    });
    const begun = () => record(folder).filter((line) => line.endsWith("begin")).length;
    await until(() => begun() === 6, "all are at work");
    const onIt = executor.events("spawned").filter(({ node }) => node === "n2");
    assert(onIt.length > 0);
    const pilots = pilotsOn(cluster, "n2");
    assertEquals(pilots.length, 1);
    signal(pilots[0]!, "SIGKILL");
    const { code, text } = await executor.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 12);
    assertNothingCharged(executor.journal);
    const ranges = onIt.map(({ range }) => range).sort();
    const lost = executor.events("attempt-ended").filter(({ exit }) => exit?.kind === "lost");
    assertEquals(lost.map(({ range }) => range).sort(), ranges);
    const asked = record(folder).filter((line) => line.endsWith("asked"));
    assertEquals(asked.map((line) => Number(line.split(" ")[0])).sort(), ranges);
    for (const { range } of lost) {
      const places = executor.events("spawned").filter((event) => event.range === range);
      assert(places.at(-1)!.node !== "n2", JSON.stringify(places));
    }
  }),
);

Deno.test(
  "Slurm: a run has one step per node, which ends with it",
  withPilots(async ({ cluster, allocation, folder }) => {
    const executor = allocation.conduct(
      ["-n", "60", "-c", "1", "-w", "30"],
      witnessed(folder, "sleep 0.5"),
      folder,
    );
    const clients = () => descendants(executor.pid).filter((pid) => commandOf(pid) === "srun");
    let most: number[] = [];
    await until(
      () => {
        const now = clients();
        if (now.length > most.length) most = now;
        return executor.events("run-ended").length === 1;
      },
      "the run is over",
      { patience: 30_000 },
    );
    const { code, text } = await executor.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 60);
    // srun has a shepherd, which has its name.
    assertEquals(most.length, 2 * NODES.length);
    assertEquals(most.filter(isAlive), []);
    await until(
      () => NODES.flatMap((node) => pilotsOn(cluster, node)).length === 0,
      "no pilot is left",
    );
  }),
);

Deno.test(
  "Slurm: 500 ranges of 50 ms on three nodes, each item exactly once",
  withPilots(async ({ allocation, folder }) => {
    const script = 'sleep 0.05; echo "$1" >>"$2/record"';
    const executor = allocation.conduct(
      ["-n", "500", "-c", "1", "-w", "12"],
      ["sh", "-c", script, "sh", "{start}", folder],
      folder,
    );
    const { code, text } = await executor.end();
    assertEquals(code, 0, text);
    assertItemsOnce(folder, 500);
    assertEquals(executor.events("attempt-ended").length, 500);
    assertEquals(Array.from(nodesOf(executor).keys()).sort(), [...NODES]);
  }),
);

Deno.test(
  "Slurm: 64 resident workers on three nodes share 2000 ranges, each item exactly once",
  withPilots(async ({ allocation, folder }) => {
    const script = `echo "$start" >>${quote(folder)}/record`;
    const executor = allocation.conduct(
      ["-n", "2000", "-c", "1", "-w", "64", "--resident"],
      ["sh", RESIDENT_WORKER, script],
      folder,
    );
    const { code, text } = await executor.end();
    assertEquals(code, 0, text);
    assertItemsOnce(folder, 2_000);
    const nodes = nodesOf(executor);
    assertEquals(Array.from(nodes.keys()).sort(), [...NODES]);
  }),
);

/** Fails unless the record has each item once. */
function assertItemsOnce(folder: string, items: number): void {
  const numbers = record(folder).map(Number).sort((a, b) => a - b);
  assertEquals(numbers, Array.from({ length: items }, (_, index) => index));
}

Deno.test(
  "Slurm: without Deno on the nodes, each worker has an agent, and the run says so once",
  withPilots(async ({ allocation, folder }) => {
    const executor = allocation.conduct(
      ["-n", "12", "-c", "1", "-w", "6", "--remote-deno", "/no/such/deno"],
      witnessed(folder, "sleep 0.1"),
      folder,
    );
    const { code, text } = await executor.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 12);
    assertNothingCharged(executor.journal);
    assertEquals(text.match(/^warning: no Deno was found on n\d/gm)?.length, 1, text);
  }),
);

const PROCESSORS = Number(await mustRun("nproc", []));
/** Where a task could have more than one. */
const MANY: Need = { name: "two processors", isMet: PROCESSORS > 1 };
const GROUPS: Need = { name: "control groups of version 1", isMet: hasGroups() };

const confinedTest = (taskPlugin: "affinity" | "cgroup") => async () => {
  await using cluster = await SlurmCluster.up(undefined, { taskPlugin, cpus: PROCESSORS });
  const own = allowed(await Deno.readTextFile("/proc/self/status"));
  const each: AllocationOptions = { tasks: 3 * PROCESSORS };
  const all: AllocationOptions = { tasks: 3, cpusPerTask: PROCESSORS };
  assertEquals(await processorsOf(cluster, each), [own]);
  assertEquals(await processorsOf(cluster, all), [own]);
  // The processor of the step that the executor is in is not theirs.
  assertEquals(await processorsOf(cluster, { ...each, isInStep: true }), [own]);
  for (const isInStep of [false, true]) {
    // Only a step of its own is confined.
    const alone = await processorsOf(cluster, { ...each, isInStep, way: "agents" });
    assert(!alone.includes(own), `${alone}`);
  }
};

testWith(
  "Slurm: with task/affinity, the workers of a pilot have all processors of the job",
  needs(MANY),
  confinedTest("affinity"),
);

testWith(
  "Slurm: with task/cgroup, the workers of a pilot have all processors of the job",
  needs(MANY, GROUPS),
  confinedTest("cgroup"),
);

/** Runs workers on all nodes, and returns the lists of processors that they may use. */
async function processorsOf(cluster: SlurmCluster, options: AllocationOptions): Promise<string[]> {
  await using allocation = await Allocation.of(cluster, options);
  const found = new Set<string>();
  await withFolder(async (folder) => {
    // None ends before there is one on each node.
    const script = `cat /proc/self/status >"$2/status-$1"
      until [ "$(ls "$2" | grep -c status)" = 3 ]; do sleep 0.1; done`;
    const executor = allocation.conduct(
      ["-n", "3", "-c", "1", "-w", "3"],
      ["sh", "-c", script, "sh", "{start}", folder],
      folder,
    );
    const { code, text } = await executor.end();
    assertEquals(code, 0, text);
    for (const item of [0, 1, 2]) {
      found.add(allowed(await Deno.readTextFile(`${folder}/status-${item}`)));
    }
  });
  return Array.from(found);
}

/** Returns the processors that a process may use, such as `0-3`. */
function allowed(status: string): string {
  return /^Cpus_allowed_list:\s*(\S+)/m.exec(status)![1]!;
}
