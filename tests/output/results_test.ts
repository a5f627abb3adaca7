// What each range printed and came to, in a folder of its own.
import type { Cause } from "@lambdawaker/executor/events";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { runCli } from "../helpers/cli.ts";
import { exists, textOf } from "../helpers/files.ts";
import { withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";
import { runJob, runScript } from "../helpers/run_job.ts";

function read(folder: string, range: number, name: string): string {
  const path = `${folder}/range-0000${range}/${name}`;
  return Array.from(Deno.readFileSync(path), (byte) => String.fromCharCode(byte)).join("");
}

Deno.test("results hold stdout without signals, stderr, and how the range ended", async () => {
  await withFolder(async (folder) => {
    const results = `${folder}/new/results/`;
    await runJob(
      {
        totalItems: 6,
        chunkSize: 1,
        numWorkers: 3,
        maxRetries: 1,
        retryDelay: 0,
        results,
      },
      ({ extraData: { startIndex } }) =>
        startIndex === 5 ? ["/no/such/program"] : [
          "sh",
          "-c",
          `printf '\\377\\0\\nPROGRESS: 1\\nattempt %s' $EXECUTOR_ATTEMPT; printf err >&2
          case $0 in 1) exit 7;; 2) kill -SEGV $$;; 4) echo; echo STATUS: FAILED;; esac`,
          `${startIndex}`,
        ],
    );
    const late = `${folder}/late`;
    await runScript("exec sleep 60", { timeout: 200, results: late });
    assertEquals(read(late, 0, "exit"), "timeout\n");
    const ends = [0, 1, 2, 3, 4, 5].map((range) => read(results, range, "exit"));
    assertEquals(ends, [
      "0\n",
      "7\n",
      "SIGSEGV\n",
      "0\n",
      "FAILED\n",
      "launch: command not found: /no/such/program\n",
    ]);
    assertEquals(read(results, 0, "stdout"), "\xff\0\nattempt 1");
    assertEquals(read(results, 1, "stdout"), "\xff\0\nattempt 2");
    assertEquals(read(results, 2, "stderr"), "err");
    assertEquals([read(results, 5, "stdout"), read(results, 5, "stderr")], ["", ""]);
  });
});

Deno.test("the end of a range is there only when the rest of its results is whole", async () => {
  await withFolder(async (folder) => {
    const wait = `echo said; until [ -e ${folder}/go ]; do sleep 0.01; done; exit 4`;
    const running = runScript(wait, { results: folder });
    await until(() => exists(`${folder}/range-00000/stdout`), "the worker began");
    await until(() => read(folder, 0, "stdout") === "said\n", "the worker spoke");
    assertEquals(exists(`${folder}/range-00000/exit`), false);
    await Deno.writeTextFile(`${folder}/go`, "");
    await running;
    assertEquals(read(folder, 0, "exit"), "4\n");
  });
});

/** Ways to spoil the results of range 1 of 3 while range 0 or 1 runs: shell scripts in the directory of results. */
const SPOILED: [title: string, script: string, words: string][] = [
  ["a file in the way", "[ $0 = 0 ] && touch range-00001", "is in the way"],
  ["a folder in the way", "[ $0 = 0 ] && mkdir -p range-00001/stdout", "is in the way"],
  [
    "a pipe in the way",
    "[ $0 = 0 ] && mkdir range-00001 && mkfifo range-00001/stderr",
    "is in the way",
  ],
  ["an exit in the way", "[ $0 = 0 ] && mkdir -p range-00001/exit/x", "irectory not empty"],
  ["its folder removed", "[ $0 = 1 ] && rm -r range-00001", "was removed or replaced"],
  ["its stdout removed", "[ $0 = 1 ] && rm range-00001/stdout", "was removed or replaced"],
  [
    "its stdout cut",
    "[ $0 = 1 ] && { until [ -s range-00001/stdout ]; do sleep 0.01; done; : >range-00001/stdout; }",
    "was cut short by another program",
  ],
  [
    "its stdout cut, and written on",
    "[ $0 = 1 ] && { until [ -s range-00001/stdout ]; do sleep 0.01; done; : >range-00001/stdout; echo more; }",
    "was cut short by another program",
  ],
  [
    "its folder replaced",
    "[ $0 = 1 ] && mv range-00001 x && mkdir range-00001",
    "was removed or replaced",
  ],
];

for (const [title, script, words] of SPOILED) {
  Deno.test(`results that cannot be kept make their range CRASHED: ${title}`, async () => {
    await withFolder(async (folder) => {
      const { summary } = await runJob(
        { totalItems: 3, chunkSize: 1, numWorkers: 1, results: folder },
        ({ extraData }) => [
          "sh",
          "-c",
          `echo said; cd ${folder}; ${script}; exit 0`,
          `${extraData.startIndex}`,
        ],
      );
      assertEquals([summary.exitCode, summary.doneItems, summary.warnings.length], [1, 2, 1]);
      assertEquals(summary.failures.map(({ range, status }) => [range, status]), [[1, "CRASHED"]]);
      const cause = summary.failures[0]!.cause as Cause & { kind: "output-lost" };
      assertEquals(cause.kind, "output-lost");
      assertStringIncludes(cause.message!, words);
      assertEquals(exists(`${folder}/range-00001/exit`), false);
      assertEquals(read(folder, 2, "exit"), "0\n");
    });
  });
}

Deno.test("results that are cut before an attempt goes on from a checkpoint make their range CRASHED", async () => {
  await withFolder(async (folder) => {
    const script = `[ -e tried ] && exit; echo said
      until [ -s range-00000/stdout ]; do sleep 0.01; done; : >range-00000/stdout; touch tried
      echo PROGRESS: 1; exit 1`;
    const { summary } = await runJob(
      { totalItems: 2, chunkSize: 2, results: folder, maxRetries: 1, retryFrom: "checkpoint" },
      () => ({ command: "sh", args: ["-c", script], cwd: folder }),
    );
    assertEquals(summary.exitCode, 1);
    assertEquals(summary.failures.map(({ cause }) => cause.kind), ["output-lost"]);
    assertEquals(exists(`${folder}/range-00000/exit`), false);
  });
});

for (const title of ["removed", "replaced"]) {
  Deno.test(`a directory of results that is ${title} keeps nothing from then on`, async () => {
    await withFolder(async (folder) => {
      const results = `${folder}/out`;
      const spoil = title === "removed" ? `rm -r ${results}` : `mv ${results} x; mkdir ${results}`;
      const { summary } = await runJob(
        { totalItems: 4, chunkSize: 1, numWorkers: 1, results },
        ({ extraData }) => [
          "sh",
          "-c",
          `echo said; cd ${folder}; [ $0 != 2 ] || { ${spoil}; }`,
          `${extraData.startIndex}`,
        ],
      );
      assertEquals([summary.exitCode, summary.counts.SUCCESS, summary.counts.CRASHED], [1, 2, 2]);
      for (const { cause } of summary.failures) {
        assertEquals(cause.kind, "output-lost");
        assertStringIncludes(
          (cause as Cause & { kind: "output-lost" }).message!,
          "was removed or replaced",
        );
      }
      const names = title === "removed" ? [] : Array.from(Deno.readDirSync(results));
      assertEquals(names, []);
    });
  });
}

Deno.test("a directory of results that cannot be made is misuse", async () => {
  await assertRejects(
    () => runScript("true", { results: "/dev/null/results" }),
    RangeError,
    'results must be a directory that can be made: current value is "/dev/null/results"',
  );
});

Deno.test("results of a range that a stopped run did not begin stay as they were", async () => {
  await withFolder(async (folder) => {
    const results = `${folder}/results`;
    // Each range stops the run at its third item, when both have done something.
    const script =
      `for i in $(seq $1 $(($2 - 1))); do echo item $i; echo PROGRESS: $((i + 1 - $0)); ` +
      `touch noted-$0; [ $((i - $1)) != 2 ] || { until [ -e noted-0 ] && [ -e noted-10 ]; do sleep 0.01; done; ` +
      `kill -INT $PPID; exec sleep 10; }; done`;
    const run = (...options: string[]) =>
      runCli([
        ...["run", "-n", "20", "-c", "10", "-w", "2", "--journal", `${folder}/j`, "--resume"],
        ...["--retry-from", "checkpoint", "--results", results, "--reporter", "quiet", ...options],
        ...["--", "sh", "-c", script, "{start}", "{resume}", "{end}"],
      ], { cwd: folder });
    await run();
    const texts = () =>
      Promise.all([0, 1].map((range) => textOf(`${results}/range-0000${range}/stdout`)));
    const before = await texts();
    for (const [range, text] of before.entries()) assert(text.startsWith(`item ${10 * range}\n`));
    // One range begins, and stops the run while the other one waits for its turn.
    await run("--delay", "20s");
    const after = await texts();
    assertEquals(after.filter((text, range) => text === before[range]).length, 1);
    assert(after.every((text, range) => text.startsWith(before[range]!)));
  });
});
