import { assertEquals } from "@std/assert";
import { JobNodes, parseJobNodes } from "../../../src/launchers/slurm/nodes.ts";

/** What `scontrol show job --details --oneliner` of Slurm 22.05 says about a job on nodes. */
const said = (nodes: string) => ({
  success: true,
  stdout: "JobId=7 JobName=interactive UserId=me(1000) GroupId=me(1000) JobState=RUNNING " +
    "Partition=main AllocNode:Sid=localhost:29111 ReqNodeList=(null) ExcNodeList=(null) " +
    "NodeList=n[1-3] BatchHost=n1 NumNodes=3 NumCPUs=7 NumTasks=7 CPUs/Task=1 ReqB:S:C:T=0:0:*:* " +
    "TRES=cpu=7,node=3,billing=7 Socks/Node=* NtasksPerN:B:S:C=0:0:*:* CoreSpec=* " +
    `JOB_GRES=(null)   ${nodes} MinCPUsNode=1 MinMemoryNode=0 MinTmpDiskNode=0 Features=(null) ` +
    "Network=(null) Command=(null) WorkDir=/home/me Power= \n",
  stderr: "",
});
const GROUPS = "Nodes=n[1-2] CPU_IDs=0-7 Mem=0 GRES=   Nodes=m1 CPU_IDs=0-1,4-5 Mem=0 GRES=";

Deno.test("the nodes of a job are told in groups with the same processors", () => {
  assertEquals(parseJobNodes(said(GROUPS)), [
    { name: "n1", cpus: 8 },
    { name: "n2", cpus: 8 },
    { name: "m1", cpus: 4 },
  ]);
});

Deno.test("a job that names no nodes, and Slurm that does not answer, tell nothing", () => {
  assertEquals(parseJobNodes(said("")), undefined);
  assertEquals(parseJobNodes({ success: false, stdout: "", stderr: "" }), undefined);
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
  const shrunk = said("Nodes=n1 CPU_IDs=0-7 Mem=0 GRES=");
  const { job, names } = follow([shrunk, shrunk, said(GROUPS)]);
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
  const { job, names, most } = follow([said(GROUPS)]);
  await Promise.all([job.look(), job.look(), job.look()]);
  assertEquals([most.asked, names().length], [1, 3]);
  await job[Symbol.asyncDispose]();
  const after = follow([said(GROUPS)]);
  await after.job[Symbol.asyncDispose]();
  await after.job.look();
  assertEquals(after.most.asked, 0);
});

Deno.test("the nodes of a job are looked at again and again", async () => {
  const { job, names } = follow([said(GROUPS)], 10);
  await using _job = job;
  const { promise: changed, resolve } = Promise.withResolvers<void>();
  using _listening = job.onChange(resolve);
  await changed;
  assertEquals(names(), ["n1", "n2", "m1"]);
});
