// What workers may use, on the command line: GPUs, threads, CPUs and priority.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { findGpus } from "../../src/launchers/local/gpus.ts";
import { cliCommandLine, type CliOptions, runCli } from "../helpers/cli.ts";
import { eventsIn, withFolder } from "../helpers/journal.ts";
import { LINUX, needs, POSIX, testWith } from "../helpers/needs.ts";
import { RESIDENT_WORKER } from "../helpers/run_resident.ts";
import { writeProgram } from "../helpers/programs.ts";

/** Variables that must not say which GPUs the machine of the tests has. */
const NO_GPUS = ["CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"];

function executor(args: string[], { env, ...options }: CliOptions = {}) {
  const own = Object.entries(Deno.env.toObject()).filter(([name]) => !NO_GPUS.includes(name));
  const clean = { ...Object.fromEntries(own), ...env };
  return runCli(args, { ...options, clearEnv: true, env: clean });
}

function run(args: string[], options?: CliOptions) {
  return executor(["run", "--reporter", "quiet", ...args], options);
}

const ONE_EACH = ["-n", "4", "-c", "1", "-k"];
const SHOWS = "echo {gpu} $CUDA_VISIBLE_DEVICES $HIP_VISIBLE_DEVICES";
const linux = needs(LINUX, "taskset");
const posix = needs(POSIX);

testWith("a worker finds its GPU in {gpu} and in its environment", posix, async () => {
  const { code, stdout, stderr } = await run([
    ...[...ONE_EACH, "--gpus", "2", "--per-gpu", "2"],
    ...["--", "sh", "-c", SHOWS],
  ]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout.trim().split("\n").toSorted(), ["0 0 0", "0 0 0", "1 1 1", "1 1 1"]);
});

const IDS: [gpus: string, visible: string | undefined, ids: string[]][] = [
  ["0,2", undefined, ["0", "2"]],
  ["2,", undefined, ["2"]],
  ["GPU-8932f937,MIG-c6d4/1/0", undefined, ["GPU-8932f937", "MIG-c6d4/1/0"]],
  // A cluster, or a person, has set it: no other GPU may be used.
  ["auto", "3,5", ["3", "5"]],
  ["1", "3,5", ["3"]],
  ["5", "5,6,7,8,9", ["5", "6", "7", "8", "9"]],
  ["5,", "3,5", ["5"]],
];

for (const [gpus, visible, ids] of IDS) {
  testWith(
    `--gpus ${gpus} with CUDA_VISIBLE_DEVICES ${visible} is the GPUs ${ids.join()}`,
    posix,
    async () => {
      const env = { ...(visible !== undefined && { CUDA_VISIBLE_DEVICES: visible }) };
      const args = ["-n", "10", "-c", "1", "--gpus", gpus, "--dry-run", "--", "echo", "{gpu}"];
      const { stdout, code } = await run(args, { env });
      assertEquals(code, 0);
      const shown = stdout.trim().split("\n");
      assertEquals(new Set(shown.map((line) => line.split(" ").at(-1))), new Set(ids));
      for (const line of shown) {
        assertMatch(line, /^CUDA_VISIBLE_DEVICES=(\S+) HIP_VISIBLE_DEVICES=\1 echo \1$/);
      }
    },
  );
}

testWith("--gpus auto asks nvidia-smi", posix, async () => {
  await withFolder(async (folder) => {
    const list =
      "GPU 0: X (UUID: GPU-a)\\nGPU 1: X (UUID: GPU-b)\\n  MIG 1g Device 0: (UUID: MIG-c)\\n";
    const text = `#!/bin/sh\n[ "$*" = -L ] || exit 5\nprintf '${list}'\n`;
    await writeProgram(`${folder}/nvidia-smi`, text);
    const env = { PATH: `${folder}:${Deno.env.get("PATH")}` };
    const { stdout } = await run([...ONE_EACH, "--gpus", "auto", "--", "echo", "{gpu}"], { env });
    assertEquals(new Set(stdout.trim().split("\n")), new Set(["0", "MIG-c"]));
  });
});

const isWithoutGpus = {
  name: "a machine without GPUs",
  isMet: (await findGpus({ env: () => undefined })).length === 0,
};

testWith(
  "--gpus auto on a machine without GPUs is refused in one sentence",
  needs(POSIX, isWithoutGpus),
  async () => {
    const { code, stderr } = await run(["--gpus", "auto", "-n", "2", "--", "true"]);
    const why = "neither nvidia-smi nor a driver of NVIDIA or AMD shows a GPU here";
    assertStringIncludes(stderr, `--gpus must be a number or a list, as ${why}`);
    assertEquals(code, 2);
  },
);

const REFUSED: [args: string[], message: string, env?: Record<string, string>][] = [
  [
    ["--gpus", "auto"],
    '--gpus must be left out, as CUDA_VISIBLE_DEVICES is "", which allows no GPU',
    { CUDA_VISIBLE_DEVICES: "" },
  ],
  [
    ["--gpus", "1"],
    '--gpus must be left out, as CUDA_VISIBLE_DEVICES is "weird", which allows no GPU',
    { CUDA_VISIBLE_DEVICES: "weird" },
  ],
  [
    ["--gpus", "3"],
    '--gpus must be at most 2, as HIP_VISIBLE_DEVICES is "4,5": current value is "3"',
    { HIP_VISIBLE_DEVICES: "4,5" },
  ],
  [
    ["--gpus", "4,6"],
    '--gpus must be a list of GPUs that CUDA_VISIBLE_DEVICES has ("4,5"): current value is "6"',
    { CUDA_VISIBLE_DEVICES: "4,5" },
  ],
  [["--gpus", "0"], "--gpus must be a number from 1 to 1000"],
  [["--gpus", "2,2"], "a list of different ids such as 0,2"],
  [["--gpus", "a b"], "a list of different ids such as 0,2"],
  [
    ["--gpus", "all"],
    'or a list of different ids such as 0,2 or GPU-…: current value is "all"',
  ],
  [["--gpus", "1.5"], "a list of different ids such as 0,2"],
  [["--per-gpu", "2"], "--per-gpu must be used with --gpus"],
  [["--threads", "0"], '--threads must be a positive integer or "auto": current value is "0"'],
  [["--cpus", "0-3"], "(for a list of CPUs, start the executor by taskset -c)"],
  [["--nice", "20"], '--nice must be an integer from -20 to 19: current value is "20"'],
  [["--nice", "1.5"], '--nice must be an integer from -20 to 19: current value is "1.5"'],
  [["--launcher", "slurm", "--gpus", "2"], "--gpus must be used with --launcher local"],
  [["--launcher", "slurm", "--cpus", "2"], "--cpus must be used with --launcher local"],
  [
    ["--launcher", "slurm", "--threads", "auto"],
    "--threads must be a number with --launcher slurm: the CPUs of its nodes are not known",
  ],
  [["--launcher", "slurm", "--nice", "-1"], "--nice must be 0 or more with --launcher slurm"],
];

for (const [args, message, env] of REFUSED) {
  testWith(
    `executor run ${args.join(" ")} is refused in one sentence: ${message}`,
    posix,
    async () => {
      const { code, stderr, stdout } = await run([...args, "-n", "2", "--", "true"], { env });
      assertEquals([code, stdout], [2, ""]);
      assertStringIncludes(stderr, message);
      assertEquals(stderr.trim().split("\n").length, 2, "the second line names the help");
    },
  );
}

testWith("--cpus without taskset is refused in one sentence", needs(LINUX), async () => {
  await withFolder(async (folder) => {
    const args = ["-n", "2", "--cpus", "1", "--", "/bin/true"];
    const { code, stderr } = await run(args, { env: { PATH: folder } });
    assertStringIncludes(stderr, "--cpus must be left out here: it needs Linux, and taskset(1) on");
    assertEquals(code, 2);
  });
});

testWith("--cpus cannot be more than there are, and bounds the workers", linux, async () => {
  const all = navigator.hardwareConcurrency;
  const large = await run(["-n", "2", "--cpus", `${all + 1}`, "--", "true"]);
  assertEquals(large.code, 2);
  assertStringIncludes(large.stderr, `--cpus must be at most ${all}, the number of processors`);
  const args = [...ONE_EACH, "-w", "3", "--cpus", `${all}`, "--", "echo", "{cpus}"];
  const { code, stdout, stderr } = await run(args);
  assertEquals([code, stdout], [0, `${all}\n`.repeat(4)]);
  const bound = `one worker runs at once in place of 3: each takes ${all} of the ${all} processors`;
  assertStringIncludes(stderr, `warning: ${bound}`);
});

const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;
/** Takes the right to raise priorities away, which the superuser has. */
const WITHOUT_RIGHTS = isRoot ? ["setpriv", "--bounding-set", "-sys_nice"] : ["env"];
const unprivileged = needs(POSIX, "nice", WITHOUT_RIGHTS[0]!);

testWith(
  "a priority that the system does not give is refused in one sentence",
  unprivileged,
  async () => {
    const { command, args } = cliCommandLine(["run", "--nice", "-5", "-n", "2", "--", "true"]);
    const [program, ...words] = [...WITHOUT_RIGHTS, command, ...args];
    const { code, stderr } = await new Deno.Command(program!, { args: words }).output();
    const text = new TextDecoder().decode(stderr);
    assertEquals(code, 2);
    const why = 'as this user may not raise the priority of a process: current value is "-5" (';
    assertStringIncludes(text, `--nice must be 0 or more, ${why}`);
  },
);

testWith("--dry-run shows what is put before a command", linux, async () => {
  const args = ["-n", "1", "--nice", "4", "--cpus", "1", "--threads", "2", "--dry-run"];
  const { stdout } = await run([...args, "--", "echo", "{cpus}"]);
  assertMatch(stdout, /^OMP_NUM_THREADS=2 .* nice -n 4 taskset -c \d+ echo 2\n$/);
});

testWith("--threads leaves variables that are set alone", posix, async () => {
  const args = ["-n", "1", "--threads", "3", "-k", "--", "sh", "-c"];
  const { stdout } = await run([...args, "echo {cpus} $OMP_NUM_THREADS $MKL_NUM_THREADS"], {
    env: { OMP_NUM_THREADS: "7" },
  });
  assertEquals(stdout, "3 7 3\n");
});

testWith("--threads auto divides the CPUs by the workers", posix, async () => {
  const args = ["-n", "8", "-w", "1", "-k", "-c", "8", "--threads", "auto", "--", "echo", "{cpus}"];
  assertEquals((await run(args)).stdout, `${navigator.hardwareConcurrency}\n`);
});

/** A client that hands its words to a shell on this machine, as sshd does. */
const SSH = `#!/bin/sh
while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
shift 2
exec /bin/sh -c "$*"
`;

testWith(
  "threads and a lower priority reach workers on other machines",
  needs(LINUX, "nice"),
  async () => {
    await withFolder(async (folder) => {
      await writeProgram(`${folder}/ssh`, SSH);
      const env = { PATH: `${folder}:${Deno.env.get("PATH")}` };
      const { stdout, stderr, code } = await run([
        ...["-n", "2", "-c", "1", "-k", "--launcher", "ssh", "--hosts", "n1:2"],
        ...[
          "--threads",
          "3",
          "--nice",
          "2",
          "--",
          "sh",
          "-c",
          "echo {cpus} $OMP_NUM_THREADS; nice",
        ],
      ], { env });
      assertEquals([code, stderr], [0, ""]);
      const own = new TextDecoder().decode(new Deno.Command("nice").outputSync().stdout);
      assertEquals(stdout, `3 3\n${Number(own) + 2}\n`.repeat(2));
    });
  },
);

testWith("a tag may name the GPU, also of a resident worker", posix, async () => {
  const args = [
    ...["-n", "3", "-c", "1", "--gpus", "6,", "--resident", "--output", "ordered"],
    ...["--tag", "gpu {gpu}", "--", "sh", RESIDENT_WORKER, "echo on $CUDA_VISIBLE_DEVICES"],
  ];
  const { code, stdout } = await run(args);
  assertEquals([code, stdout], [0, "gpu 6\ton 6\n".repeat(3)]);
});

testWith("a resumed run has the options of before, unless others are given", posix, async () => {
  await withFolder(async (folder) => {
    const journal = `${folder}/run.jsonl`;
    const options = ["--gpus", "3,4", "--per-gpu", "2", "--threads", "2", "--nice", "1"];
    const shows = `echo $CUDA_VISIBLE_DEVICES $OMP_NUM_THREADS; [ -e ${folder}/go ]`;
    const command = ["--journal", journal, "--", "sh", "-c", shows];
    const first = await run(["-n", "8", "-c", "1", "-k", ...options, ...command]);
    assertEquals(first.code, 1);
    assertEquals(new Set(first.stdout.trim().split("\n")), new Set(["3 2", "4 2"]));
    await Deno.writeTextFile(`${folder}/go`, "");
    const resumed = await executor(["resume", journal, "--gpus", "7,"]);
    assertEquals([resumed.code, resumed.stdout], [0, "7 2\n".repeat(8)]);
    const { options: kept } = eventsIn(journal, "run-started").at(-1)!;
    const { gpus, perGpu, threads, nice } = kept!;
    assertEquals({ gpus, perGpu, threads, nice }, { gpus: ["7"], perGpu: 2, threads: 2, nice: 1 });
  });
});
