import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { type RunEvent, SubprocessExecutor, type TaskConfig } from "@lambdawaker/executor";
import { Journal } from "@lambdawaker/executor/journal";
import { OrderedOutput } from "@lambdawaker/executor/output";
import { ConfigError } from "../../src/model/value_types.ts";
import { withFolder } from "../helpers/journal.ts";
import { Sink } from "../helpers/sink.ts";
import { type JobOptions, ofKind, runJob } from "../helpers/run_job.ts";

/** Runs `cp` for files of a folder, each of which creates another one. */
function copy(
  folder: string,
  items: readonly string[],
  { script = 'cp "$1" "$2"', ...config }: Partial<TaskConfig> & { script?: string } = {},
  options: JobOptions = {},
) {
  const creates = ({ items }: { items?: readonly string[] }) => `${folder}/out/${items![0]!}`;
  return runJob(
    { items, numWorkers: 2, creates, ...config },
    ({ item }) => ["sh", "-c", script, "sh", `${folder}/${item}`, `${folder}/out/${item}`],
    options,
  );
}

async function withFiles(test: (folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/out`);
    for (const name of ["a", "b", "c"]) await Deno.writeTextFile(`${folder}/${name}`, name);
    await test(folder);
  });
}

Deno.test("a second run skips what is there, and counts it as done", async () => {
  await withFiles(async (folder) => {
    const first = await copy(folder, ["a", "b"]);
    assertEquals([first.summary.attempts, first.summary.skipped], [2, 0]);
    const second = await copy(folder, ["a", "b", "c"]);
    const { ok, attempts, skipped, doneItems, counts } = second.summary;
    assertEquals([ok, attempts, skipped, doneItems, counts.SUCCESS], [true, 1, 2, 3, 3]);
    assertEquals(
      ofKind(second, "range-skipped").map(({ items, path }) => [items![0], path]),
      [["a", `${folder}/out/a`], ["b", `${folder}/out/b`]],
    );
    assertEquals(second.state.pending, 0);
  });
});

Deno.test("an item is run again if it is a file that has changed since", async () => {
  await withFiles(async (folder) => {
    const item = `${folder}/a`;
    const run = () =>
      runJob(
        { items: [item], creates: () => `${folder}/out/a` },
        () => ["cp", item, `${folder}/out/a`],
      );
    await run();
    const old = new Date(Date.now() - 60_000);
    await Deno.utime(item, old, old);
    assertEquals((await run()).summary.skipped, 1);
    await Deno.utime(
      `${folder}/out/a`,
      new Date(old.getTime() - 1_000),
      new Date(old.getTime() - 1_000),
    );
    const again = await run();
    assertEquals([again.summary.skipped, again.summary.attempts, again.summary.ok], [0, 1, true]);
  });
});

Deno.test("an item that ends well without its file has failed, and the file is named", async () => {
  await withFiles(async (folder) => {
    const { summary } = await copy(folder, ["a", "b"], { script: "[ ${1##*/} = a ]; cp $1 $2" });
    assertEquals([summary.ok, summary.exitCode, summary.doneItems], [true, 0, 2]);
    await Deno.remove(`${folder}/out/b`);
    const { summary: missing } = await copy(folder, ["a", "b"], { script: "true" });
    assertEquals([missing.exitCode, missing.doneItems, missing.skipped], [1, 1, 1]);
    assertEquals(missing.failures.map(({ status, cause }) => [status, cause]), [
      ["FAILED", { kind: "file-missing", path: `${folder}/out/b` }],
    ]);
    assertEquals(missing.warnings, []);
  });
});

Deno.test("an item that ends well with a file that is older than itself has failed", async () => {
  await withFiles(async (folder) => {
    const [item, path] = [`${folder}/a`, `${folder}/out/a`];
    const { summary } = await runJob(
      { items: [item], creates: () => path },
      () => ["touch", "-d", "2001-01-01", path],
    );
    const [failure] = summary.failures;
    assertEquals(failure?.cause, { kind: "file-missing", path, isOld: true });
    assertEquals(summary.warnings, []);
  });
});

Deno.test("an item without its file is tried again from its start, whatever its worker said", async () => {
  await withFiles(async (folder) => {
    const script = 'echo PROGRESS: 1; echo STATUS: SUCCESS; [ -e "$2.once" ] && cp "$1" "$2"; ' +
      ': > "$2.once"';
    for (const retryFrom of ["start", "checkpoint"] as const) {
      const item = retryFrom === "start" ? "a" : "b";
      const result = await copy(folder, [item], {
        script,
        maxRetries: 1,
        retryDelay: 0,
        retryFrom,
      });
      assertEquals([result.summary.ok, result.summary.attempts], [true, 2]);
      const [first] = ofKind(result, "attempt-ended");
      assertEquals([first!.status, first!.cause?.kind], ["FAILED", "file-missing"]);
      const starts = ofKind(result, "attempt-started").map(({ startIndex }) => startIndex);
      assertEquals(starts, [0, 0]);
    }
  });
});

Deno.test("a crash after the last checkpoint is not done without its file", async () => {
  await withFiles(async (folder) => {
    const script = "echo PROGRESS: 1; exit 3";
    const { summary } = await copy(folder, ["a"], { script, retryFrom: "checkpoint" });
    assertEquals([summary.exitCode, summary.counts.FINISHED, summary.counts.FAILED], [1, 0, 1]);
  });
});

Deno.test("a resumed run does an item again that failed for want of its file", async () => {
  await withFiles(async (folder) => {
    const run = (script: string, resume: boolean) =>
      new SubprocessExecutor(
        { items: ["a", "b"], creates: ({ items }) => `${folder}/out/${items![0]}` },
        ({ item }) => ["sh", "-c", script, "sh", `${folder}/${item}`, `${folder}/out/${item}`],
      ).run([], { journal: new Journal(`${folder}/run.jsonl`, { resume }), handleSignals: false });
    const first = await run('echo PROGRESS: 1; [ "${1##*/}" = b ] || cp "$1" "$2"', false);
    assertEquals([first.doneItems, first.exitCode], [1, 1]);
    const second = await run('cp "$1" "$2"', true);
    assertEquals([second.doneItems, second.attempts, second.exitCode], [2, 1, 0]);
  });
});

Deno.test("a resident worker that answers SUCCESS without the file has failed, and goes on", async () => {
  await withFiles(async (folder) => {
    const result = await runJob(
      {
        ...{ totalItems: 3, chunkSize: 1, numWorkers: 1, resident: true },
        creates: ({ startIndex }) => `${folder}/out/${startIndex}`,
      },
      () => [
        "sh",
        "-c",
        `while read -r word id start end; do
          case $word in RANGE:) [ $start = 1 ] || touch "$0/out/$start"; echo "STATUS: SUCCESS $id";; esac
        done`,
        folder,
      ],
    );
    assertEquals(result.summary.failures.map(({ range, cause }) => [range, cause.kind]), [
      [1, "file-missing"],
    ]);
    assertEquals(ofKind(result, "attempt-started").map(({ process }) => process), [1, 1, 1]);
  });
});

Deno.test("a failure that leaves a file is a warning, as a later run would skip it", async () => {
  await withFiles(async (folder) => {
    const { summary } = await copy(folder, ["a", "b"], { script: 'cp "$1" "$2"; exit 1' });
    assertEquals([summary.counts.FAILED, summary.warnings.length], [2, 1]);
    assertStringIncludes(summary.warnings[0]!, "failed and left");
  });
});

Deno.test("a worker that was stopped and left a part of a file is a warning, too", async () => {
  await withFiles(async (folder) => {
    const control = new AbortController();
    const script = 'cp "$1" "$2"; echo MESSAGE: copied; sleep 60';
    const onEvent = (event: RunEvent) => void (event.kind === "message" && control.abort());
    const options = { signal: control.signal, onEvent };
    const { summary } = await copy(folder, ["a"], { script }, options);
    assertEquals([summary.attempts, summary.ok, summary.warnings.length], [1, false, 1]);
    assertStringIncludes(summary.warnings[0]!, "was stopped and left");
  });
});

Deno.test("what has a name that is not UTF-8 cannot be looked for: it is run, and is not called missing", async () => {
  await withFiles(async (folder) => {
    const created = `${folder}/out/a`;
    await Deno.writeTextFile(created, "");
    for (const [item, path] of [["caf\udce9", created], ["a", "caf\udce9"]] as const) {
      const { summary } = await runJob({ items: [item], creates: () => path }, () => ["true"]);
      assertEquals([summary.ok, summary.attempts, summary.skipped], [true, 1, 0]);
      assertEquals(summary.warnings.length, 1);
      assertStringIncludes(
        summary.warnings[0]!,
        "cannot look for caf\\xe9, as its name is not UTF-8",
      );
    }
  });
});

Deno.test("two items with one file are both run, which is a warning", async () => {
  await withFiles(async (folder) => {
    const { summary } = await runJob(
      { items: ["x/a", "y/a"], numWorkers: 1, creates: () => `${folder}/out/a` },
      () => ["touch", `${folder}/out/a`],
    );
    assertEquals([summary.attempts, summary.skipped, summary.warnings.length], [2, 0, 1]);
    assertStringIncludes(summary.warnings[0]!, "for two items");
  });
});

Deno.test("if an item was skipped for a file that another one has too, the exit code is 1", async () => {
  await withFiles(async (folder) => {
    const run = () =>
      runJob(
        { items: ["x/a", "y/a"], numWorkers: 1, creates: () => `${folder}/out/a` },
        ({ item }) => ["sh", "-c", '[ $1 = x/a ] || touch "$2"', "sh", item!, `${folder}/out/a`],
      );
    const first = await run();
    assertEquals(first.summary.failures.map(({ items }) => items), [["x/a"]]);
    // Its file is that of the other one.
    const { summary } = await run();
    assertEquals([summary.exitCode, summary.skipped, summary.attempts], [1, 1, 1]);
    assertEquals(summary.warnings.length, 1);
    assertStringIncludes(
      summary.warnings[0]!,
      `for two items, item "y/a" is one of them: another one was skipped for it, and may not be done`,
    );
  });
});

Deno.test("an item that is listed twice is run twice, and skipped twice by the next run", async () => {
  await withFiles(async (folder) => {
    const first = await copy(folder, ["a", "a"], { numWorkers: 1 });
    assertEquals([first.summary.attempts, first.summary.skipped], [2, 0]);
    const second = await copy(folder, ["a", "a"], { numWorkers: 1 });
    assertEquals([second.summary.attempts, second.summary.skipped], [0, 2]);
    assertEquals([...first.summary.warnings, ...second.summary.warnings], []);
  });
});

Deno.test("an item that is a folder may change while its file is made", async () => {
  await withFolder(async (folder) => {
    const item = `${folder}/item`;
    await Deno.mkdir(item);
    const run = () =>
      runJob({ items: [item], creates: ({ items }) => `${items![0]}/done` }, () => [
        "sh",
        "-c",
        'touch -d 2001-01-01 "$1/part"; mv "$1/part" "$1/done"',
        "sh",
        item,
      ]);
    const { summary: first } = await run();
    assertEquals([first.ok, first.attempts, first.failures], [true, 1, []]);
    const { summary: second } = await run();
    assertEquals([second.ok, second.attempts, second.skipped], [true, 0, 1]);
  });
});

Deno.test("skipped items print nothing, and the output of others keeps its order", async () => {
  await withFiles(async (folder) => {
    await copy(folder, ["b"]);
    const sink = new Sink();
    const output = new OrderedOutput({ write: sink.write });
    const script = 'cp "$1" "$2"; cat "$1"; echo';
    await copy(folder, ["a", "b", "c"], { script, numWorkers: 1 }, { output });
    assertEquals(sink.text(), "a\nc\n");
  });
});

Deno.test("numbers have files, too, and resident workers are not sent what is there", async () => {
  await withFiles(async (folder) => {
    await Deno.writeTextFile(`${folder}/out/1`, "");
    const result = await runJob(
      {
        ...{ totalItems: 4, chunkSize: 1, numWorkers: 1, resident: true },
        creates: ({ startIndex }) => `${folder}/out/${startIndex}`,
      },
      () => [
        "sh",
        "-c",
        `while read -r word id start end; do
          case $word in RANGE:) touch "$0/out/$start"; echo "STATUS: SUCCESS $id";; esac
        done`,
        folder,
      ],
    );
    assertEquals([result.summary.ok, result.summary.attempts, result.summary.skipped], [
      true,
      3,
      1,
    ]);
  });
});

Deno.test("thousands of files that are there are skipped while other things go on", async () => {
  let beats = 0;
  const timer = setInterval(() => beats++, 1);
  const items = Array.from({ length: 3_000 }, (_, at) => `${at}`);
  // Each is the same place, by another name.
  const creates = ({ startIndex }: { startIndex: number }) =>
    "/".repeat(startIndex + 1).slice(0, 4_000);
  const { summary } = await runJob({ items, numWorkers: 1, creates }, () => ["false"]);
  clearInterval(timer);
  assertEquals([summary.ok, summary.skipped, beats > 10], [true, 3_000, true]);
});

Deno.test("creates that fails, or returns no path, is a warning, and the item is run", async () => {
  const results = [
    () => {
      throw new Error("no");
    },
    () => 5 as never,
  ];
  for (const creates of results) {
    const { summary } = await runJob({ items: ["a", "b"], creates }, () => ["true"]);
    assertEquals([summary.ok, summary.attempts, summary.warnings.length], [true, 2, 1]);
  }
});

Deno.test("creates is refused if a process may have several items", () => {
  const creates = () => "x";
  for (
    const config of [{ totalItems: 9 }, { items: ["a"], chunkSize: 2 }, {
      totalItems: 9,
      chunkSize: 2,
    }]
  ) {
    assertThrows(
      () => new SubprocessExecutor({ ...config, creates }, () => ["true"]),
      ConfigError,
      "creates must be used with one item per range",
    );
  }
});

Deno.test("memory that the machine does not have is refused when the run starts", async () => {
  const executor = new SubprocessExecutor({ totalItems: 1, memoryFree: 2 ** 52 }, () => ["true"]);
  await assertRejects(() => executor.run(), ConfigError, "memoryFree must be less than");
});
