import { assert, assertEquals, assertMatch } from "@std/assert";
import { SlurmLauncher } from "@lambdawaker/executor/launchers";
import { withFolder } from "../../helpers/journal.ts";
import { ofKind, runJob } from "../../helpers/run_job.ts";
import { Allocation, enter } from "./allocation.ts";
import { mustRun, run } from "./daemon.ts";
import { NODES } from "./nodes.ts";
import { SlurmCluster } from "./slurm_cluster.ts";
import { inBothWays, remoteDenoOf } from "./ways.ts";

const HOG = new URL("../../fixtures/memory_hog.py", import.meta.url).pathname;

inBothWays("Slurm: 64 workers work at the same time on three nodes", async (way) => {
  await using cluster = await SlurmCluster.up();
  await using allocation = await Allocation.of(cluster, { way });
  await withFolder(async (folder) => {
    // None ends before all are there.
    const script =
      `touch "$2/here-$1"; until [ -e "$2/here-63" ] && [ "$(ls "$2" | grep -c here)" = 64 ]
      do sleep 0.5; done; echo "PROGRESS: 1"`;
    const executor = allocation.conduct(
      ["-n", "64", "-c", "1", "-w", "64"],
      ["sh", "-c", script, "sh", "{start}", folder],
      folder,
    );
    const { code, text } = await executor.end();
    assertEquals(code, 0, text);
    const nodes = Map.groupBy(executor.events("spawned"), ({ node }) => node);
    assertEquals(Array.from(nodes.keys()).sort(), [...NODES]);
    assertEquals(executor.events("attempt-ended").map(({ exit }) => exit?.kind).length, 64);
    assertMatch(executor.events("spawned")[0]!.engineId!, /^\d+\.\d+$/);
  });
});

inBothWays("Slurm: workers have a usage, and end at their limit of memory", async (way) => {
  await using cluster = await SlurmCluster.up();
  await using allocation = await Allocation.of(cluster, { way });
  await withFolder(async (folder) => {
    const script = `[ "$1" = 0 ] && exec python3 "$2" 20 700; exec python3 "$2" 200 60000`;
    const executor = allocation.conduct(
      ["-n", "2", "-c", "1", "-w", "2", "--memory", "80M"],
      ["sh", "-c", script, "sh", "{start}", HOG],
      folder,
    );
    const { code, text } = await executor.end();
    assertEquals(code, 1, text);
    const ends = executor.events("attempt-ended").sort((a, b) => a.range - b.range);
    assertEquals(ends.map(({ cause }) => cause?.kind), [undefined, "out-of-memory"]);
    assertEquals(ends.map(({ usage }) => usage!.peakRss > 80 << 20), [false, true]);
    assert(ends[0]!.usage!.cpuSeconds >= 0.7, JSON.stringify(ends[0]!.usage));
  });
});

Deno.test("as the README has it: salloc, with as many workers as it has tasks", async () => {
  await using cluster = await SlurmCluster.up();
  await withFolder(async (folder) => {
    const cli = new URL("../../../cli.ts", import.meta.url).pathname;
    const conduct = [Deno.execPath(), "run", "-A", cli, "run", "-n", "40", "-c", "1"];
    const kept = ["--reporter", "plain", "--launcher", "slurm", "--journal", `${folder}/run.jsonl`];
    const work = ["sh", "-c", 'echo "PROGRESS: 1"'];
    const salloc = ["--no-kill", "-N3", "-n6", ...conduct, ...kept, "--", ...work];
    const text = await mustRun("salloc", salloc, { ...cluster.env, NO_COLOR: "1" });
    assertMatch(text, /: 40 done of 40 items/);
    const [start = ""] = Deno.readTextFileSync(`${folder}/run.jsonl`).split("\n");
    assertEquals(JSON.parse(start).numWorkers, 6);
  });
});

Deno.test("outside of an allocation, a sentence says how to get one", async () => {
  const cli = new URL("../../../cli.ts", import.meta.url).pathname;
  const args = ["run", "-A", cli, "run", "-n", "1", "--launcher", "slurm", "--", "true"];
  const { code, stderr } = await run(Deno.execPath(), args);
  assertEquals(code, 2);
  assertMatch(stderr, /^executor: .* inside an allocation of Slurm .*salloc .*sbatch .*\n/);
});

Deno.test("each worker queues as a job of its own where that is wanted", async () => {
  await using cluster = await SlurmCluster.up();
  Deno.env.set("SLURM_CONF", cluster.env.SLURM_CONF);
  const launcher = new SlurmLauncher({ queue: true });
  const config = { totalItems: 3, numWorkers: 3 };
  const result = await runJob(config, () => ["sh", "-c", 'echo "$SLURM_JOB_ID"'], { launcher });
  Deno.env.delete("SLURM_CONF");
  assert(result.summary.ok);
  const jobs = new Set(ofKind(result, "spawned").map(({ engineId }) => engineId));
  assertEquals(jobs.size, 3);
});

inBothWays("Slurm: a line is here within 100 ms", async (way) => {
  await using cluster = await SlurmCluster.up();
  await using allocation = await Allocation.of(cluster, { tasks: 1 });
  using _inside = enter(allocation);
  const script = "for i in 1 2 3 4 5 6 7 8 9 10; do date +%s%N; sleep 0.2; done";
  await using launcher = await new SlurmLauncher({ remoteDeno: remoteDenoOf(way) }).open({
    ...{ runId: "run", gracePeriod: 1_000, signal: new AbortController().signal, warn() {} },
    ...{ earlierRuns: [], unfinished: [], finished: [], inFlight: [] },
  });
  const env = { EXECUTOR_RUN_ID: "run" };
  const worker = await launcher.launch({ command: "sh", args: ["-c", script], env });
  const late: number[] = [];
  const decoder = new TextDecoder();
  for await (const bytes of worker.stdout) {
    late.push(Date.now() - Number(decoder.decode(bytes)) / 1e6);
  }
  await worker.stderr.cancel();
  assertEquals(await worker.status, { kind: "exited", code: 0 });
  assertEquals(late.length, 10);
  assert(Math.max(...late) < 100, `${late}`);
});
