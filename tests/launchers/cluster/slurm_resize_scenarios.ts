// A job of Slurm whose nodes change while the run goes on.
import { assertEquals } from "@std/assert";
import { allocation as allocationOf } from "../../../src/launchers/slurm/allocation.ts";
import { expandHosts } from "../../../src/launchers/slurm/host_list.ts";
import { mergeNodes, parseJobNodes } from "../../../src/launchers/slurm/nodes.ts";
import { withFolder } from "../../helpers/journal.ts";
import { until } from "../../helpers/processes.ts";
import { Allocation } from "./allocation.ts";
import { mustRun, run } from "./daemon.ts";
import { SlurmCluster } from "./slurm_cluster.ts";
import { assertAllDone, assertNothingCharged, witnessed } from "./witness.ts";

Deno.test("Slurm: the nodes of a job, its processors and names in lists are read as Slurm has them", async () => {
  await using cluster = await SlurmCluster.up();
  const nodesOf = async (jobId: string) => {
    const args = ["show", "job", "--details", "--oneliner", jobId];
    return mergeNodes(parseJobNodes(await run("scontrol", args, cluster.env))!, new Map());
  };
  await using allocation = await Allocation.of(cluster, { tasks: 12 });
  const nodes = await nodesOf(allocation.jobId);
  assertEquals(nodes.map(({ name }) => name), ["n1", "n2", "n3"]);
  assertEquals(nodes.reduce((sum, { cpus }) => sum + cpus, 0), 12);
  // What a process in a job finds in its environment.
  const script = "env | grep ^SLURM_; scontrol show job --details --oneliner $SLURM_JOB_ID";
  const told = await mustRun(
    "salloc",
    ["--no-kill", "-N3", "-n7", "sh", "-c", script],
    cluster.env,
  );
  const env = Object.fromEntries(told.split("\n").map((line) => line.split(/=(.*)/s, 2)));
  const given = allocationOf((name) => env[name])?.nodeList;
  const facts = parseJobNodes({ success: true, stdout: told, stderr: "" });
  assertEquals(given?.map(({ name }) => name), [...facts!.names]);
  assertEquals(new Map(given?.map(({ name, cpus }) => [name, cpus])), new Map(facts!.cpus));
  assertEquals(given?.reduce((sum, { tasks = 0 }) => sum + tasks, 0), 7);
  for (const list of ["n[1-3]", "n[08-11],m1", "r[1-2]-n[3,5-6]", "a,b-2"]) {
    const names = await mustRun("scontrol", ["show", "hostnames", list], cluster.env);
    assertEquals(expandHosts(list), names.trim().split("\n"));
  }
});

Deno.test("Slurm: a node that is taken from the job gets no more workers, and its ranges end elsewhere", async () => {
  await withFolder(async (folder) => {
    await using cluster = await SlurmCluster.up();
    await using allocation = await Allocation.of(cluster);
    const options = ["--lease", "3s", "--grace-period", "1s", "--retry-delay", "200ms"];
    const executor = allocation.conduct(
      ["-n", "24", "-c", "1", "-w", "6", ...options],
      witnessed(folder, "sleep 2"),
      folder,
    );
    // A worker whose start is not known yet would be a failed launch, not a lost worker.
    const known = () => executor.events("spawned").length;
    await until(() => known() >= 6, "six workers are at work", { patience: 20_000 });
    // Slurm writes a script into the working directory.
    const line = `cd ${folder} && scontrol update JobId=${allocation.jobId} NumNodes=2`;
    await mustRun("sh", ["-c", line], cluster.env);
    const { code, text } = await executor.end();
    assertEquals(code, 0, text);
    assertAllDone(folder, 24);
    assertNothingCharged(executor.journal);
    const onIt = executor.events("spawned").filter(({ node }) => node === "n3");
    const lost = executor.events("attempt-ended").filter(({ exit }) => exit?.kind === "lost");
    // Each node has had as many as the others, and this one none later.
    assertEquals(onIt.length, 2);
    assertEquals(lost.map(({ range }) => range).sort(), onIt.map(({ range }) => range).sort());
  });
});
