import { assert, assertEquals, assertMatch } from "@std/assert";
import { withFolder } from "../../helpers/journal.ts";
import { until } from "../../helpers/processes.ts";
import { Allocation } from "./allocation.ts";
import type { Executor } from "./cluster_executor.ts";
import { mustRun, run } from "./daemon.ts";
import { commandOf, descendants, isAlive, signal } from "./process_tree.ts";
import { SlurmCluster } from "./slurm_cluster.ts";
import { inBothWays, inDefaultWay, type Way } from "./ways.ts";
import { assertAllDone, assertNothingCharged, record, witnessed } from "./witness.ts";

/** What a fault is done to. */
interface Scene {
  cluster: SlurmCluster;
  allocation: Allocation;
  folder: string;
  /** Starts an executor whose workers take so many seconds for each of the items. */
  conduct: (items: number, seconds: number, ...args: string[]) => Executor;
}

/** Short, as a test does not wait long. */
const LEASE = ["--lease", "3s", "--grace-period", "1s", "--retry-delay", "200ms"];

/** Calls a test with an allocation in a cluster of its own. */
function withScene(test: (scene: Scene) => Promise<void>): (way: Way) => Promise<void> {
  return (way) =>
    withFolder(async (folder) => {
      await using cluster = await SlurmCluster.up();
      await using allocation = await Allocation.of(cluster, { way });
      const conduct: Scene["conduct"] = (items, seconds, ...args) =>
        allocation.conduct(
          ["-n", `${items}`, "-c", "1", "-w", `${Math.min(items, 6)}`, ...LEASE, ...args],
          witnessed(folder, `sleep ${seconds}`),
          folder,
        );
      await test({ cluster, allocation, folder, conduct });
    });
}

/** Waits until so many workers are at work. */
async function untilAtWork(folder: string, workers: number): Promise<void> {
  const begun = () => record(folder).filter((line) => line.endsWith("begin")).length;
  await until(() => begun() >= workers, `${workers} workers are at work`, { patience: 20_000 });
}

inBothWays(
  "Slurm: the ranges of a node that dies end elsewhere, and are not charged for it",
  withScene(async ({ cluster, folder, conduct }) => {
    const executor = conduct(12, 2);
    await untilAtWork(folder, 6);
    await until(() => executor.events("spawned").length === 6, "it knows where they are");
    const onIt = executor.events("spawned").filter(({ node }) => node === "n2");
    assert(onIt.length > 0);
    await cluster.killNode("n2");
    const { code, text } = await executor.end();
    assertEquals(code, 0, text);
    assertMatch(text, /attempts? lost/);
    assertAllDone(folder, 12);
    assertNothingCharged(executor.journal);
    const lost = executor.events("attempt-ended").filter(({ exit }) => exit?.kind === "lost");
    assertEquals(lost.map(({ range }) => range).sort(), onIt.map(({ range }) => range).sort());
    for (const { range } of lost) {
      const places = executor.events("spawned").filter((event) => event.range === range);
      assert(places.length >= 2 && places.at(-1)!.node !== "n2", JSON.stringify(places));
    }
  }),
);

inBothWays(
  "Slurm: a node that is dead when work begins is given up for others",
  withScene(async ({ cluster, folder, conduct }) => {
    await cluster.killNode("n3");
    const executor = conduct(12, 0.2);
    const { code, text } = await executor.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 12);
    assertNothingCharged(executor.journal);
    assert(executor.events("spawned").every(({ node }) => node !== "n3"));
  }),
);

inBothWays(
  "Slurm: while slurmctld is away what runs goes on, and what cannot start waits",
  withScene(async ({ cluster, folder, conduct }) => {
    const executor = conduct(18, 1);
    await untilAtWork(folder, 6);
    await cluster.stopController();
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await cluster.startController();
    const { code, text } = await executor.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 18);
    assertNothingCharged(executor.journal);
    const lost = executor.events("attempt-ended").filter(({ exit }) => exit?.kind === "lost");
    assertEquals(lost, []);
  }),
);

inBothWays(
  "Slurm: a worker whose slurmstepd was killed is lost after its lease, and tried again",
  withScene(async ({ cluster, folder, conduct }) => {
    const executor = conduct(3, 5);
    await untilAtWork(folder, 3);
    const killedAt = Date.now();
    const [stepd] = cluster.stepds("n2");
    signal(stepd!, "SIGKILL");
    const { code, text } = await executor.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 3);
    assertNothingCharged(executor.journal);
    const [lost, ...more] = executor.events("attempt-ended").filter(({ exit }) =>
      exit?.kind === "lost"
    );
    assertEquals(more, []);
    assert(lost!.t - killedAt < 20_000, `${lost!.t - killedAt}`);
  }),
);

inBothWays(
  "Slurm: with srun and its shepherd killed, the lease ends the worker before it runs again",
  withScene(async ({ folder, conduct }) => {
    const executor = conduct(2, 8);
    await untilAtWork(folder, 2);
    const sruns = descendants(executor.pid).filter((pid) => commandOf(pid) === "srun");
    assertEquals(sruns.length, 4);
    for (const pid of sruns) signal(pid, "SIGKILL");
    const { code, text } = await executor.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 2);
    assertNothingCharged(executor.journal);
    const ends = executor.events("attempt-ended");
    assertEquals(ends.filter(({ exit }) => exit?.kind === "lost").length, 2);
  }),
);

inBothWays(
  "Slurm: an executor that is killed leaves nothing behind, and --resume finishes",
  withScene(async ({ folder, conduct }) => {
    const first = conduct(12, 1);
    await until(() => first.events("range-ended").length >= 3, "some are done", {
      patience: 20_000,
    });
    const clients = descendants(first.pid);
    first.kill("SIGKILL");
    await first.end();
    const done = first.events("range-ended").length;
    const second = conduct(12, 1, "--resume");
    const { code, text } = await second.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 12);
    assertEquals(clients.filter(isAlive), []);
    assertEquals(second.events("range-ended").length, 12);
    assertEquals(second.events("run-started").at(-1)?.resumed?.counts.SUCCESS, done);
  }),
);

inBothWays(
  "Slurm: an executor that is killed ends its workers with the grace, by itself",
  withScene(async ({ folder, allocation }) => {
    const work = `trap 'echo "$1 asked" >>"$2/record"; exit 0' TERM; sleep 30 & wait`;
    const args = ["-n", "2", "-c", "1", "-w", "2", ...LEASE];
    const executor = allocation.conduct(args, witnessed(folder, work), folder);
    await untilAtWork(folder, 2);
    const clients = descendants(executor.pid);
    executor.kill("SIGKILL");
    await executor.end();
    await until(
      () => record(folder).filter((line) => line.endsWith("asked")).length === 2,
      "the workers were asked to end",
    );
    await until(() => !clients.some(isAlive), "no client is left");
  }),
);

inBothWays(
  "Slurm: two signals stop it at once, and nothing is left",
  withScene(async ({ folder, allocation }) => {
    const work = `trap '' TERM INT; sleep 30`;
    const args = ["-n", "6", "-c", "1", "-w", "6", "--grace-period", "30s"];
    const executor = allocation.conduct(args, witnessed(folder, work), folder);
    await untilAtWork(folder, 6);
    executor.kill("SIGINT");
    await until(() => executor.events("run-stopping").length === 1, "it stops");
    const start = performance.now();
    executor.kill("SIGINT");
    const { signal } = await executor.end();
    assertEquals(signal, "SIGINT");
    assert(performance.now() - start < 5_000, `${performance.now() - start}`);
    const steps = await run("squeue", ["--steps", "-h", "-j", allocation.jobId], allocation.env);
    assertEquals(steps.stdout.split("\n").filter((line) => /\.\d/.test(line)), []);
  }),
);

inBothWays(
  "Slurm: an allocation that is cancelled ends the run, with one cause",
  withScene(async ({ folder, allocation, conduct }) => {
    const executor = conduct(12, 30);
    await untilAtWork(folder, 6);
    await run("scancel", [allocation.jobId], allocation.env);
    const { code, text } = await executor.end();
    assertEquals(code, 1, text);
    assertMatch(text, new RegExp(`the allocation ${allocation.jobId} is gone`));
    assertEquals(executor.events("run-ended").length, 1);
    assertEquals(executor.events("range-ended").length, 12);
  }),
);

inDefaultWay(
  "Slurm: an allocation that is suspended holds work back, and goes on when it is resumed",
  withScene(async ({ cluster, allocation, folder, conduct }) => {
    const executor = conduct(12, 2);
    await untilAtWork(folder, 6);
    await mustRun("scontrol", ["suspend", allocation.jobId], cluster.env);
    await until(
      () => executor.events("attempt-ended").some(({ exit }) => exit?.kind !== "exited"),
      "something went wrong",
      { patience: 30_000 },
    );
    await mustRun("scontrol", ["resume", allocation.jobId], cluster.env);
    const { code, text } = await executor.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 12);
    assertNothingCharged(executor.journal);
  }),
);

inDefaultWay(
  "Slurm: --resume while slurmctld is away waits until what was left has ended",
  withScene(async ({ cluster, allocation, folder }) => {
    const work = `trap '' TERM HUP; [ -e "$2/again" ] || sleep 30`;
    const args = ["-n", "3", "-c", "1", "-w", "3", ...LEASE];
    const conduct = (...more: string[]) =>
      allocation.conduct([...args, ...more], witnessed(folder, work), folder);
    const first = conduct();
    await untilAtWork(folder, 3);
    await until(() => first.events("spawned").length === 3, "it knows where they are");
    await cluster.stopController();
    first.kill("SIGKILL");
    await first.end();
    await Deno.writeTextFile(`${folder}/again`, "");
    const second = conduct("--resume");
    await until(() => second.events("attempt-started").length > 3, "it goes on", {
      patience: 30_000,
    });
    const waited = second.events("attempt-started")[3]!.t - second.events("run-started")[1]!.t;
    await cluster.startController();
    const { code, text } = await second.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 3);
    assert(waited >= 6_000, `${waited}`);
  }),
);
