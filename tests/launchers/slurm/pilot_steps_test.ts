import { assert, assertEquals } from "@std/assert";
import { SlurmPilotNodes } from "../../../src/launchers/slurm/pilot_steps.ts";

const notUsed = () => Promise.resolve(undefined);

/** The nodes of an allocation about which Slurm says `lists`, one at each look. */
async function open(lists: string[], cpusPerTask?: string) {
  const answers = lists.map((list) => ({ success: true, stdout: list, stderr: "" }));
  const seen: string[] = [];
  const nodes = await SlurmPilotNodes.open({
    allocation: { jobId: "7", nodes: 2, tasks: 8, nodeList: [], cpusPerTask },
    runId: "r1",
    signal: new AbortController().signal,
    ask: () => Promise.resolve(answers.shift() ?? { success: false, stdout: "", stderr: "" }),
    steps: {
      refusal: notUsed,
      jobSeen: async () => {},
      refreshJob: () => void seen.push("job"),
      launchOn: (node) => {
        throw new Error(`no srun on ${node}`);
      },
      [Symbol.asyncDispose]: async () => {},
    },
  });
  return { nodes, seen };
}

Deno.test("a pilot is a step that has all processors of the job on its node", async () => {
  const { nodes } = await open([
    "NodeList=n[1-2],m1 Nodes=n[1-2] CPU_IDs=0-7 Mem=0 Nodes=m1 CPU_IDs=3 Mem=0",
  ]);
  await using _nodes = nodes;
  const current = nodes.current();
  assertEquals(current.map(({ name, workers }) => [name, workers]), [
    ["n1", 8],
    ["n2", 8],
    ["m1", 1],
  ]);
  const way = await current[1]!.connect();
  assert(!("reason" in way));
  const { client: { command, args } } = way;
  assertEquals(command, "srun");
  assertEquals(args.slice(0, args.indexOf("sh")), [
    "--nodes=1",
    "--ntasks=1",
    "--unbuffered",
    "--job-name=executor-r1",
    "--nodelist=n2",
    "--exact",
    "--mem=0",
    "--overlap",
    "--cpus-per-task=8",
  ]);
});

Deno.test("a node takes as many workers as it has processors for tasks", async () => {
  const { nodes } = await open(["NodeList=n1 Nodes=n1 CPU_IDs=0-7 Mem=0"], "3");
  await using _nodes = nodes;
  assertEquals(nodes.current().map(({ workers }) => workers), [2]);
});

Deno.test("a node is the same object until it leaves, and another one when it is back", async () => {
  const both = "NodeList=n[1-2] Nodes=n[1-2] CPU_IDs=0-7 Mem=0";
  const { nodes, seen } = await open([both, "NodeList=n1 Nodes=n1 CPU_IDs=0-3 Mem=0", both]);
  await using _nodes = nodes;
  let changes = 0;
  using _listening = nodes.onChange(() => void changes++);
  const [n1, n2] = nodes.current();
  const changed = async () => {
    const before = changes;
    nodes.noteFailure();
    while (changes === before) await new Promise((resolve) => setTimeout(resolve));
  };
  await changed();
  assertEquals(seen, ["job"]);
  assertEquals(nodes.current().length, 1);
  assert(nodes.current()[0] === n1);
  assertEquals(n1!.workers, 4);
  await changed();
  assert(nodes.current()[0] === n1);
  assertEquals(nodes.current()[1]!.name, "n2");
  assert(nodes.current()[1] !== n2);
});

Deno.test("a worker with an agent of its own that cannot be started rejects", async () => {
  const { nodes } = await open(["NodeList=n1 Nodes=n1 CPU_IDs=0 Mem=0"]);
  await using _nodes = nodes;
  const launched = nodes.current()[0]!.launchWithAgent({ command: "true", args: [] });
  assertEquals(await launched.catch((error: Error) => error.message), "no srun on n1");
});
