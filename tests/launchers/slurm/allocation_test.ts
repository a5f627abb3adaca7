import { assertEquals } from "@std/assert";
import { allocation, wasRequeued } from "../../../src/launchers/slurm/allocation.ts";

const read = (variables: Record<string, string>) => (name: string) => variables[name];

Deno.test("what salloc and sbatch set tells how many workers there is room for", () => {
  assertEquals(allocation(read({})), undefined);
  const job = { SLURM_JOB_ID: "7", SLURM_JOB_NUM_NODES: "3" };
  const tasks = (more: Record<string, string>) => allocation(read({ ...job, ...more }))?.tasks;
  assertEquals(tasks({ SLURM_NTASKS: "12", SLURM_TASKS_PER_NODE: "8(x3)" }), 12);
  assertEquals(tasks({ SLURM_TASKS_PER_NODE: "8(x3)" }), 24);
  assertEquals(tasks({ SLURM_TASKS_PER_NODE: "8(x2),4" }), 20);
  assertEquals(tasks({}), 1);
});

Deno.test("a job that was started anew knows it", () => {
  assertEquals(wasRequeued(read({ SLURM_RESTART_COUNT: "2" })), true);
  assertEquals(wasRequeued(read({ SLURM_RESTART_COUNT: "0" })), false);
  assertEquals(wasRequeued(read({})), false);
});

Deno.test("the nodes have their processors and tasks, if all variables fit", () => {
  const nodes = (more: Record<string, string>) =>
    allocation(read({ SLURM_JOB_ID: "7", ...more }))?.nodeList;
  const list = { SLURM_JOB_NODELIST: "n[1-2],m1", SLURM_JOB_CPUS_PER_NODE: "8(x2),4" };
  assertEquals(nodes({ ...list, SLURM_TASKS_PER_NODE: "4(x2),2" }), [
    { name: "n1", cpus: 8, tasks: 4 },
    { name: "n2", cpus: 8, tasks: 4 },
    { name: "m1", cpus: 4, tasks: 2 },
  ]);
  assertEquals(nodes(list)?.map(({ tasks }) => tasks), [undefined, undefined, undefined]);
  assertEquals(nodes({ ...list, SLURM_JOB_CPUS_PER_NODE: "8" }), []);
  assertEquals(nodes({}), []);
});
