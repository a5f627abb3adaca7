import { assert, assertEquals } from "@std/assert";
import { readJournal } from "@lambdawaker/executor/journal";
import type { RunEvent } from "@lambdawaker/executor";
import { quote } from "../../../src/base/shell.ts";
import { withFolder } from "../../helpers/journal.ts";
import { until } from "../../helpers/processes.ts";
import { mustRun, run } from "./daemon.ts";
import { SlurmCluster } from "./slurm_cluster.ts";
import { argumentsOf, inBothWays, inDefaultWay, type Way } from "./ways.ts";
import { assertAllDone, record, witnessed } from "./witness.ts";

/** A job of six workers whose script runs the command line. */
async function submit(
  cluster: SlurmCluster,
  { folder, items, work, way }: { folder: string; items: number; work: string; way: Way },
): Promise<string> {
  const cli = new URL("../../../cli.ts", import.meta.url).pathname;
  const options = ["-n", `${items}`, "-c", "1", "--grace-period", "3s", "--retry-delay", "200ms"];
  const where = ["--launcher", "slurm", "--lease", "3s", "--journal", `${folder}/run.jsonl`];
  const run = [Deno.execPath(), "run", "-A", cli, "run", ...argumentsOf(way)];
  const argv = [...run, ...options, ...where, "--"];
  const words = [...argv, ...witnessed(folder, work)].map(quote);
  await Deno.writeTextFile(`${folder}/job.sh`, `#!/bin/sh\nexec ${words.join(" ")}\n`);
  const output = `--output=${folder}/output`;
  const args = ["--no-kill", "--requeue", "-N3", "-n6", "--open-mode=append", output];
  const said = await mustRun("sbatch", [...args, `${folder}/job.sh`], cluster.env);
  return /\d+/.exec(said)![0];
}

function events<K extends RunEvent["kind"]>(folder: string, kind: K): (RunEvent & { kind: K })[] {
  try {
    const all = Array.from(readJournal(`${folder}/run.jsonl`));
    return all.filter((event) => event.kind === kind) as (RunEvent & { kind: K })[];
  } catch {
    return [];
  }
}

async function untilAtWork(folder: string, workers: number): Promise<void> {
  const begun = () => record(folder).filter((line) => line.endsWith("begin")).length;
  await until(() => begun() >= workers, `${workers} workers are at work`, { patience: 20_000 });
}

/** Waits until a job is in a state, such as COMPLETED. */
async function untilState(cluster: SlurmCluster, id: string, state: string): Promise<void> {
  const look = async () => {
    const { stdout } = await run("scontrol", ["show", "job", "-o", id], cluster.env);
    return /JobState=(\w+)/.exec(stdout)?.[1];
  };
  await until(async () => await look() === state, `job ${id} is ${state}`, { patience: 90_000 });
}

inBothWays(
  "sbatch: SIGTERM to the script stops in order, and the journal tells what is left",
  async (way) => {
    await using cluster = await SlurmCluster.up();
    await withFolder(async (folder) => {
      const work = `trap 'echo "$1 asked" >>"$2/record"; exit 0' TERM; sleep 30 & wait`;
      const job = await submit(cluster, { folder, items: 12, work, way });
      await untilAtWork(folder, 6);
      await mustRun("scancel", ["--signal=TERM", "--batch", job], cluster.env);
      await untilState(cluster, job, "FAILED");
      const asked = record(folder).filter((line) => line.endsWith("asked"));
      assertEquals(asked.length, 6);
      const [stopping] = events(folder, "run-stopping");
      assertEquals(stopping?.cause, { kind: "signal", signal: "SIGTERM" });
      assertEquals(events(folder, "run-ended").length, 1);
      const output = await Deno.readTextFile(`${folder}/output`);
      assert(output.includes("stopped by SIGTERM"), output);
    });
  },
);

inDefaultWay("sbatch: a job that Slurm starts anew goes on where it was", async (way) => {
  await using cluster = await SlurmCluster.up();
  await withFolder(async (folder) => {
    const job = await submit(cluster, { folder, items: 18, work: "sleep 1", way });
    await until(() => events(folder, "range-ended").length >= 6, "some are done", {
      patience: 20_000,
    });
    await mustRun("scontrol", ["requeue", job], cluster.env);
    await untilState(cluster, job, "COMPLETED");
    assertAllDone(folder, 18);
    const starts = events(folder, "run-started");
    assertEquals(starts.length, 2);
    assert((starts[1]!.resumed?.counts.SUCCESS ?? 0) >= 6);
    const done = events(folder, "range-ended").filter(({ status }) => status === "SUCCESS");
    assertEquals(done.length, 18);
  });
});

inDefaultWay(
  "sbatch: one that another job has precedence over waits for its end, and goes on later",
  async (way) => {
    await using cluster = await SlurmCluster.up();
    await withFolder(async (folder) => {
      const job = await submit(cluster, { folder, items: 12, work: "sleep 3", way });
      await untilAtWork(folder, 6);
      const urgent = ["-p", "urgent", "-N3", "--exclusive", "--output=/dev/null", "--wrap=sleep 1"];
      await mustRun("sbatch", urgent, cluster.env);
      await untilState(cluster, job, "COMPLETED");
      assertAllDone(folder, 12);
      assertEquals(events(folder, "run-started").length, 2);
      const failed = events(folder, "attempt-ended").filter(({ status }) => status !== "SUCCESS");
      const charged = failed.filter(({ lost, cause }) => lost !== 1 && cause?.kind !== "stopped");
      assertEquals(charged, []);
    });
  },
);
