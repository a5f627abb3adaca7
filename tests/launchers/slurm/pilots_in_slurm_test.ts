// Runs in a job of Slurm: a pilot per node, or a step per worker.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCli } from "../../helpers/cli.ts";
import { fakeSlurm, linesOf } from "../../helpers/fake_engines.ts";
import { withFolder } from "../../helpers/journal.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";

const SLURM = ["run", "--launcher", "slurm", "--reporter", "quiet", "--no-journal"];
const NODES = "NodeList=n[1-2] Nodes=n[1-2] CPU_IDs=0-1 Mem=0 GRES=";
const PRINT = ["--", "sh", "-c", "echo {start} $FAKE_NODE $SLURM_CPUS_PER_TASK"];

testWith("each node has one step for all of its workers", needs(LINUX, "setsid"), async () => {
  await withFolder(async (folder) => {
    const env = await fakeSlurm(folder, NODES);
    const { code, stdout, stderr } = await runCli(
      [...SLURM, "-n", "40", "-c", "1", "-k", ...PRINT],
      { env },
    );
    assertEquals([code, stderr], [0, ""]);
    const rows = stdout.trim().split("\n").map((line) => line.split(" "));
    assertEquals(rows.map(([item]) => Number(item)), Array.from({ length: 40 }, (_, i) => i));
    assertEquals(new Set(rows.map(([, node]) => node)), new Set(["n1", "n2"]));
    // A worker has the processors of one task, whatever its pilot has.
    assertEquals(new Set(rows.map(([, , cpus]) => cpus)), new Set(["1"]));
    const steps = (await linesOf(folder, "steps")).toSorted();
    assertEquals(steps.length, 2);
    assertMatch(steps[0]!, / --nodelist=n1 --exact --mem=0 --overlap --cpus-per-task=2$/);
    assertMatch(steps[1]!, / --nodelist=n2 --exact --mem=0 --overlap --cpus-per-task=2$/);
  });
});

/** Variables of a job, and whether srun gets them for a pilot and for a step of one worker. */
const VARIABLES: [variable: string, forPilot: boolean, forWorker: boolean][] = [
  ["SLURM_MEM_PER_NODE=100", false, false],
  ["SLURM_GPUS=2", false, true],
  ["SLURM_CPUS_PER_TASK=1", false, true],
  ["SLURM_NTASKS_PER_NODE=4", false, true],
  ["SLURM_NTASKS=4", true, true],
  ["SLURM_HINT=nomultithread", false, true],
  ["SLURM_THREADS_PER_CORE=1", false, true],
  ["SLURM_CPU_BIND=cores", false, true],
  ["SLURM_MEM_BIND=local", false, true],
];

/** What Slurm sets in a step. */
const OF_A_STEP = {
  SLURM_STEP_ID: "0",
  SLURM_CPU_BIND: "quiet,mask_cpu:0x1",
  SLURM_CPU_BIND_LIST: "0x1",
  SLURM_CPU_BIND_TYPE: "mask_cpu:",
  SLURM_CPU_BIND_VERBOSE: "quiet",
  SLURM_MEM_BIND: "quiet,mask_mem:0x1",
};

for (const isPilot of [true, false]) {
  const title = isPilot ? "pilots" : "a worker alone";
  testWith(`srun gets no variable that is wrong for ${title}`, needs(LINUX, "setsid"), async () => {
    await withFolder(async (folder) => {
      const job = VARIABLES.map(([variable]) => variable.split("="));
      const env = { ...await fakeSlurm(folder, NODES), ...Object.fromEntries(job) };
      const deno = isPilot ? [] : ["--remote-deno", "none"];
      const line = [...SLURM, ...deno, "-n", "1", "-w", "1", "--", "true"];
      const { code, stderr } = await runCli(line, { env });
      assertEquals(code, 0, stderr);
      const seen = await linesOf(folder, "variables");
      for (const [variable, forPilot, forWorker] of VARIABLES) {
        // The arguments of a pilot's step tell its processors.
        const isSeen = seen.some((one) => one === variable);
        assertEquals(isSeen, isPilot ? forPilot : forWorker, variable);
      }
    });
  });
}

for (const deno of [[], ["--remote-deno", "none"]]) {
  testWith(
    `an executor in a step binds no other step to its processors ${deno.join(" ")}`,
    needs(LINUX, "setsid"),
    async () => {
      await withFolder(async (folder) => {
        const env = { ...await fakeSlurm(folder, NODES), ...OF_A_STEP };
        const line = [...SLURM, ...deno, "-n", "1", "-w", "1", "--", "true"];
        const { code, stderr } = await runCli(line, { env });
        assertEquals(code, 0, stderr);
        const seen = await linesOf(folder, "variables");
        assertEquals(seen.filter((one) => /^SLURM_(CPU|MEM)_BIND/.test(one)), []);
        assert(seen.some((one) => one.startsWith("SLURM_JOB_ID=")));
      });
    },
  );
}

const ALONE: [title: string, args: string[], nodes: string, warning: string][] = [
  ["with --remote-deno none", ["--remote-deno", "none"], NODES, ""],
  [
    "with arguments for srun",
    ["--launcher-arg=--gpus=1"],
    NODES,
    "each worker is a step of its own, as the arguments for srun are for one worker",
  ],
  [
    "if Slurm does not tell the nodes",
    [],
    "",
    "each worker is a step of its own, as Slurm does not tell the nodes of the job",
  ],
];

for (const [title, args, nodes, warning] of ALONE) {
  testWith(`each worker is a step of its own ${title}`, needs(LINUX, "setsid"), async () => {
    await withFolder(async (folder) => {
      const env = await fakeSlurm(folder, nodes);
      const line = [...SLURM, ...args, "-n", "3", "-c", "1", ...PRINT];
      const { code, stderr } = await runCli(line, { env });
      assertEquals(code, 0, stderr);
      if (warning === "") assertEquals(stderr, "");
      else assertEquals(stderr.split(warning).length, 2, stderr);
      assertEquals((await linesOf(folder, "steps")).length, 3);
    });
  });
}

const REFUSED: [args: string[], message: string][] = [
  [["--stdin", "--remote-deno", "none"], "--stdin cannot be used with --remote-deno none"],
  [["--resident", "--launcher-arg=-v"], "--resident cannot be used with --launcher-arg"],
  [["--resident", "--slurm-queue", "-w", "2"], "--resident cannot be used with --slurm-queue"],
  [
    ["--remote-deno", "/opt/deno", "--slurm-queue", "-w", "2"],
    '--remote-deno must be left out: current value is "/opt/deno" (no pilots run where each worker queues',
  ],
];

for (const [args, message] of REFUSED) {
  Deno.test(`executor run --launcher slurm ${args.join(" ")} is refused`, async () => {
    const line = [...SLURM, ...args, "-n", "1", "--", "true"];
    const { code, stderr } = await runCli(line, { env: { SLURM_JOB_ID: "7" } });
    assertEquals(code, 2);
    assertStringIncludes(stderr, message);
  });
}
