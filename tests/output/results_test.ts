// What each range printed and came to, in a folder of its own.
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";
import { runJob, runScript } from "../helpers/run_job.ts";

function read(folder: string, range: number, name: string): string {
  const path = `${folder}/range-0000${range}/${name}`;
  return Array.from(Deno.readFileSync(path), (byte) => String.fromCharCode(byte)).join("");
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
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
        timeout: 700,
        results,
      },
      ({ extraData: { startIndex } }) =>
        startIndex === 5 ? ["/no/such/program"] : [
          "sh",
          "-c",
          `printf '\\377\\0\\nPROGRESS: 1\\nattempt %s' $EXECUTOR_ATTEMPT; printf err >&2
          case $0 in 1) exit 7;; 2) kill -SEGV $$;; 3) exec sleep 60;; 4) echo; echo STATUS: FAILED;; esac`,
          `${startIndex}`,
        ],
    );
    const ends = [0, 1, 2, 3, 4, 5].map((range) => read(results, range, "exit"));
    assertEquals(ends, [
      "0\n",
      "7\n",
      "SIGSEGV\n",
      "timeout\n",
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
    await runScript("exit 3", { results: folder });
    assertEquals(read(folder, 0, "exit"), "3\n");
    const running = runScript(wait, { results: folder });
    await until(() => read(folder, 0, "stdout") === "said\n", "the worker spoke");
    assertEquals(exists(`${folder}/range-00000/exit`), false);
    await Deno.writeTextFile(`${folder}/go`, "");
    await running;
    assertEquals(read(folder, 0, "exit"), "4\n");
  });
});

Deno.test("results that cannot be written are a warning, once, and never taken for whole", async () => {
  await withFolder(async (folder) => {
    for (const range of [0, 1]) Deno.writeTextFileSync(`${folder}/range-0000${range}`, "a file");
    const { summary } = await runJob(
      { totalItems: 3, chunkSize: 1, numWorkers: 1, results: folder },
      () => ["echo", "said"],
    );
    assertEquals([summary.ok, summary.warnings.length], [true, 1]);
    assertStringIncludes(summary.warnings[0]!, `results in ${folder} cannot be written`);
    assertEquals(read(folder, 2, "exit"), "0\n");
  });
});

Deno.test("a directory of results that cannot be made is misuse", async () => {
  await assertRejects(
    () => runScript("true", { results: "/dev/null/results" }),
    RangeError,
    'results must be a directory that can be made: current value is "/dev/null/results"',
  );
});
