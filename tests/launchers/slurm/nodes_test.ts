import { assertEquals } from "@std/assert";
import type { AllocatedNode } from "../../../src/launchers/slurm/allocation.ts";
import { JobNodes, mergeNodes, parseJobNodes } from "../../../src/launchers/slurm/nodes.ts";

/** What `scontrol show job --details --oneliner` of Slurm 22.05 says about a job on nodes. */
const said = (list: string, cpus: number, nodes: string) => ({
  success: true,
  stdout: "JobId=7 JobName=interactive UserId=me(1000) GroupId=me(1000) JobState=RUNNING " +
    "Partition=main AllocNode:Sid=localhost:29111 ReqNodeList=n9 ExcNodeList=(null) " +
    `NodeList=${list} BatchHost=n1 NumNodes=3 NumCPUs=${cpus} NumTasks=7 CPUs/Task=1 ` +
    "ReqB:S:C:T=0:0:*:* TRES=cpu=7,node=3,billing=7 Socks/Node=* NtasksPerN:B:S:C=0:0:*:* " +
    `CoreSpec=* JOB_GRES=(null)   ${nodes} MinCPUsNode=1 MinMemoryNode=0 MinTmpDiskNode=0 ` +
    "Features=(null) Network=(null) Command=(null) WorkDir=/home/me Power= \n",
  stderr: "",
});
const THREE = said(
  "n[1-2],m1",
  20,
  "Nodes=n[1-2] CPU_IDs=0-7 Mem=0 GRES=   Nodes=m1 CPU_IDs=0-1,4-5 Mem=0 GRES=",
);
const NONE = new Map<string, AllocatedNode>();

Deno.test("the nodes of a job are told in groups with the same processors", () => {
  assertEquals(mergeNodes(parseJobNodes(THREE)!, NONE), [
    { name: "n1", cpus: 8 },
    { name: "n2", cpus: 8 },
    { name: "m1", cpus: 4 },
  ]);
});

Deno.test("a job that names no nodes, and Slurm that does not answer, tell nothing", () => {
  assertEquals(parseJobNodes(said("(null)", 1, "")), undefined);
  assertEquals(parseJobNodes({ success: false, stdout: "", stderr: "" }), undefined);
});

Deno.test("new nodes share the processors that are left if Slurm does not tell those of each", () => {
  // So says Slurm 22.05 when a job has got n3 with four processors.
  const grown = said(
    "n[1-3]",
    8,
    "Nodes=n1 CPU_IDs=0-3 Mem=0 GRES=   Nodes=n2 CPU_IDs=0 Mem=0 GRES=",
  );
  const before = [{ name: "n1", cpus: 3, tasks: 3 }, { name: "n2", cpus: 1 }];
  const known = new Map(before.map((node) => [node.name, node]));
  const facts = parseJobNodes(grown)!;
  assertEquals(facts.cpus, undefined);
  assertEquals(mergeNodes(facts, known), [...before, { name: "n3", cpus: 4 }]);
  assertEquals(mergeNodes(facts, NONE).map(({ cpus }) => cpus), [2, 2, 2]);
});

/** The nodes of a job about which Slurm says `answers`, one at each look. */
function follow(answers: ReturnType<typeof said>[], interval?: number) {
  const nodeList = [{ name: "n1", cpus: 4, tasks: 2 }, { name: "n2", cpus: 4, tasks: 2 }];
  let running = 0;
  const most = { asked: 0 };
  const job = new JobNodes({
    allocation: { jobId: "7", nodeList },
    interval,
    async ask() {
      most.asked = Math.max(most.asked, ++running);
      await Promise.resolve();
      running--;
      return answers.shift() ?? { success: false, stdout: "", stderr: "" };
    },
  });
  const names = () => job.nodes.map(({ name }) => name);
  return { job, names, most };
}

Deno.test("nodes that leave and join are seen, and told of once", async () => {
  const shrunk = said("n1", 8, "Nodes=n1 CPU_IDs=0-7 Mem=0 GRES=");
  const { job, names } = follow([shrunk, shrunk, THREE]);
  await using _job = job;
  let changes = 0;
  using _listening = job.onChange(() => void changes++);
  assertEquals(names(), ["n1", "n2"]);
  await job.look();
  // The environment tells better how many processors the job may use there.
  assertEquals(job.nodes, [{ name: "n1", cpus: 4, tasks: 2 }]);
  await job.look();
  assertEquals(changes, 1);
  await job.look();
  assertEquals(names(), ["n1", "n2", "m1"]);
  assertEquals(job.nodes[1], { name: "n2", cpus: 8 });
  assertEquals(changes, 2);
  await job.look();
  assertEquals(names(), ["n1", "n2", "m1"]);
});

Deno.test("Slurm is asked for nodes by one call at a time, and not after the run", async () => {
  const { job, names, most } = follow([THREE]);
  await Promise.all([job.look(), job.look(), job.look()]);
  assertEquals([most.asked, names().length], [1, 3]);
  await job[Symbol.asyncDispose]();
  const after = follow([THREE]);
  await after.job[Symbol.asyncDispose]();
  await after.job.look();
  assertEquals(after.most.asked, 0);
});

Deno.test("the nodes of a job are looked at again and again", async () => {
  const { job, names } = follow([THREE], 10);
  await using _job = job;
  const { promise: changed, resolve } = Promise.withResolvers<void>();
  using _listening = job.onChange(resolve);
  await changed;
  assertEquals(names(), ["n1", "n2", "m1"]);
});
