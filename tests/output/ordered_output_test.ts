// The output of real workers, in the order of the items.
import { LiveOutput, OrderedOutput } from "@lambdawaker/executor/output";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withFolder } from "../helpers/journal.ts";
import { until } from "../helpers/processes.ts";
import { type JobResult, ofKind, runJob } from "../helpers/run_job.ts";
import { Sink } from "../helpers/sink.ts";
import { withoutTempFiles } from "../helpers/temp_files.ts";

/** A worker per item that runs a script, its item as `$0`. */
function perItem(script: string) {
  return ({ extraData }: { extraData: { startIndex: number } }) => [
    "sh",
    "-c",
    script,
    `${extraData.startIndex}`,
  ];
}

Deno.test("ranges are in the order of the items, whichever ends first", async () => {
  await withFolder(async (folder) => {
    const sink = new Sink();
    // Each waits for the one after it.
    const script = `echo "start $0"
      until [ $0 = 5 ] || [ -e ${folder}/$(($0 + 1)) ]; do sleep 0.01; done
      echo "end $0"; echo STATUS: SUCCESS; touch ${folder}/$0; exit $(($0 % 2))`;
    const { summary } = await runJob(
      { totalItems: 6, chunkSize: 1, numWorkers: 6 },
      perItem(script),
      { output: new OrderedOutput({ write: sink.write }) },
    );
    const all = [0, 1, 2, 3, 4, 5].map((item) => `start ${item}\nend ${item}\n`).join("");
    assertEquals(sink.text(), all, "those that failed as well");
    assertEquals(summary.failures.length, 3);
  });
});

/** Returns the ranges whose output was written, in the order of the events. */
function writtenRanges(result: JobResult): number[] {
  return ofKind(result, "output-written").map(({ range }) => range);
}

Deno.test("an event follows when the output of a range was written, not before", async () => {
  await withFolder(async (folder) => {
    const lengths: number[] = [];
    const sink = new Sink();
    // The first one waits for the last one; the third one prints nothing.
    const script = `until [ $0 != 0 ] || [ -e ${folder}/3 ]; do sleep 0.01; done
      [ $0 = 2 ] || echo item $0; touch ${folder}/$0; exit $(($0 == 1))`;
    const result = await runJob(
      { totalItems: 4, chunkSize: 1, numWorkers: 4 },
      perItem(script),
      {
        output: new OrderedOutput({ write: sink.write }),
        onEvent: ({ kind }) => kind === "output-written" && lengths.push(sink.length),
      },
    );
    assertEquals(writtenRanges(result).sort(), [0, 1, 2, 3], "of a range that failed, too");
    const line = "item 0\n".length;
    for (const [index, least] of [line, 2 * line, 2 * line, 3 * line].entries()) {
      assert(lengths[index]! >= least, `range ${index} after ${lengths[index]} bytes`);
    }
    assertEquals(result.events.at(-1)?.kind, "run-ended", "all of them come before the end");
  });
});

Deno.test("no output counts as written before its reader has it, or if nobody will", async () => {
  for (const isGone of [false, true]) {
    const reader = Promise.withResolvers<void>();
    const output = new OrderedOutput({ write: () => reader.promise });
    let ended = 0;
    let written = 0;
    const result = await runJob(
      { totalItems: 3, chunkSize: 1, numWorkers: 1 },
      perItem("echo item $0"),
      {
        output,
        onEvent: ({ kind }) => {
          if (kind === "output-written") written++;
          if (kind !== "range-ended" || ++ended < 3) return;
          assertEquals(written, 0);
          if (isGone) reader.reject(new Deno.errors.BrokenPipe("gone"));
          else reader.resolve();
        },
      },
    );
    assertEquals(writtenRanges(result), isGone ? [] : [0, 1, 2]);
  }
});

Deno.test("a range that prints nothing is no end of the output", async () => {
  const sink = new Sink();
  await runJob(
    { totalItems: 4, chunkSize: 1, numWorkers: 1 },
    perItem("[ $0 = 1 ] || echo $0; echo PROGRESS: 1"),
    { output: new OrderedOutput({ write: sink.write }) },
  );
  assertEquals(sink.text(), "0\n2\n3\n");
});

Deno.test("nothing of a range is written before it has ended", async () => {
  await withFolder(async (folder) => {
    const sink = new Sink();
    const running = runJob(
      { totalItems: 2, chunkSize: 1, numWorkers: 1 },
      perItem(
        `echo "$0"; touch ${folder}/said-$0; until [ -e ${folder}/go-$0 ]; do sleep 0.01; done`,
      ),
      { output: new OrderedOutput({ write: sink.write }) },
    );
    for (const item of [0, 1]) {
      await until(
        () => Array.from(Deno.readDirSync(folder)).some(({ name }) => name === `said-${item}`),
        "it spoke",
      );
      assertEquals(sink.text(), item === 0 ? "" : "0\n");
      await Deno.writeTextFile(`${folder}/go-${item}`, "");
    }
    await running;
    assertEquals(sink.text(), "0\n1\n");
  });
});

Deno.test("of a range that is tried again, the last attempt is shown alone", async () => {
  const sink = new Sink();
  const { summary } = await runJob(
    { totalItems: 2, chunkSize: 1, numWorkers: 2, maxRetries: 2, retryDelay: 0 },
    perItem(
      "echo item $0 attempt $EXECUTOR_ATTEMPT; [ $0 = 1 ] && exit 3; [ $EXECUTOR_ATTEMPT = 2 ]",
    ),
    { output: new OrderedOutput({ write: sink.write }) },
  );
  assertEquals(sink.text(), "item 0 attempt 2\nitem 1 attempt 3\n");
  assertEquals(summary.retries, 3);
});

Deno.test("after a retry from a checkpoint, what was printed before it is shown as well", async () => {
  const sink = new Sink();
  const script = "echo from $EXECUTOR_START; echo PROGRESS: 2; [ $EXECUTOR_START -gt 0 ]";
  await runJob(
    { totalItems: 4, numWorkers: 1, maxRetries: 1, retryDelay: 0, retryFrom: "checkpoint" },
    () => ["sh", "-c", script],
    { output: new OrderedOutput({ write: sink.write }) },
  );
  assertEquals(sink.text(), "from 0\nfrom 2\n");
});

Deno.test("a run that is stopped shows what has ended, and nothing of what it stopped", async () => {
  const sink = new Sink();
  const control = new AbortController();
  let ended = 0;
  const result = await runJob(
    { totalItems: 5, chunkSize: 1, numWorkers: 3, gracePeriod: 1_000 },
    perItem('echo "item $0"; [ $0 = 1 ] && exec sleep 60; exit 0'),
    {
      signal: control.signal,
      output: new OrderedOutput({ write: sink.write }),
      onEvent: (event) => event.kind === "range-ended" && ++ended === 4 && control.abort(),
    },
  );
  assertEquals(sink.text(), "item 0\nitem 2\nitem 3\nitem 4\n");
  assertEquals([result.summary.failures, result.summary.stopped], [[], 1]);
  assertEquals(writtenRanges(result), [0, 2, 3, 4]);
});

Deno.test("outputs beyond the memory wait on disk, all of them exact", async () => {
  await withFolder(async (folder) => {
    const sink = new Sink();
    const script = `until [ $0 != 0 ] || [ -e ${folder}/go ]; do sleep 0.01; done
      seq -f "$0 %.0f" 1 $((30000 * $0)); echo PROGRESS: 1; seq -f "$0 %.0f" 1 20`;
    const ended = new Set<number>();
    const { summary } = await runJob(
      { totalItems: 8, chunkSize: 1, numWorkers: 3 },
      perItem(script),
      {
        output: new OrderedOutput({ write: sink.write, maxMemory: 1_000_000 }),
        onEvent: (event) => {
          if (event.kind === "range-ended") ended.add(event.range);
          if (ended.size === 7) Deno.writeTextFileSync(`${folder}/go`, "");
        },
      },
    );
    assert(summary.ok);
    const lines = (item: number, count: number) =>
      Array.from({ length: count }, (_, line) => `${item} ${line + 1}\n`).join("");
    const all = [0, 1, 2, 3, 4, 5, 6, 7].map((item) =>
      lines(item, 30_000 * item) + lines(item, 20)
    );
    assert(sink.length > 6_000_000);
    assertEquals(sink.text() === all.join(""), true);
  });
});

Deno.test("a slow reader holds no worker up, and is given all", async () => {
  let length = 0;
  const reader = Promise.withResolvers<void>();
  const output = new OrderedOutput({
    write: async (bytes) => {
      await reader.promise;
      length += bytes.length;
    },
    maxMemory: 100_000,
  });
  let ended = 0;
  const { summary } = await runJob(
    { totalItems: 4, chunkSize: 1, numWorkers: 1 },
    perItem("yes | head -c 1000000"),
    {
      output,
      onEvent: ({ kind }) => kind === "range-ended" && ++ended === 4 && reader.resolve(),
    },
  );
  assert(summary.ok);
  assertEquals(length, 4_000_000);
});

Deno.test("a reader that is gone ends the run after what is running, and is no failure", async () => {
  let calls = 0;
  const write = () => {
    calls++;
    return Promise.reject(new Deno.errors.BrokenPipe("gone"));
  };
  const result = await runJob(
    { totalItems: 4, chunkSize: 1, numWorkers: 1 },
    perItem("yes | head -c 1000000"),
    { output: new OrderedOutput({ write }) },
  );
  const { exitCode, warnings, failures, stoppedBy } = result.summary;
  assertEquals([exitCode, warnings, failures, calls], [1, [], [], 1]);
  assertEquals(stoppedBy, { kind: "readerGone" });
  assertEquals(writtenRanges(result), []);
});

for (const makeOutput of [OrderedOutput, LiveOutput]) {
  Deno.test(`what cannot be written makes its range CRASHED, once: ${makeOutput.name}`, async () => {
    await withFolder(async (folder) => {
      let calls = 0;
      const write = async () => {
        calls++;
        // The ranges that wait for the first one have ended.
        await until(() => ended.size >= 3, "others have ended");
        throw new Error("no space");
      };
      const ended = new Set<number>();
      // The second one prints nothing, and the last one begins after the error.
      const script = `[ $0 = 1 ] || echo item $0
        until [ $0 != 0 ] || [ -e ${folder}/3 ]; do sleep 0.01; done; touch ${folder}/$0`;
      const result = await runJob(
        { totalItems: 5, chunkSize: 1, numWorkers: 2 },
        perItem(`${script}; [ $0 != 4 ] || until [ -e ${folder}/go ]; do sleep 0.01; done`),
        {
          output: new makeOutput({ write }),
          onEvent: (event) => {
            if (event.kind === "range-ended") ended.add(event.range);
            if (event.kind === "output-lost") Deno.writeTextFileSync(`${folder}/go`, "");
          },
        },
      );
      const { summary } = result;
      assertEquals([summary.exitCode, calls], [1, 1]);
      const failures = summary.failures.map(({ range, status, cause }) => [range, status, cause]);
      const cause = { kind: "output-lost", message: "no space" };
      assertEquals<unknown>(
        failures.sort(),
        [0, 2, 3, 4].map((range) => [range, "CRASHED", cause]),
      );
      assertEquals(summary.counts, { SUCCESS: 1, FINISHED: 0, FAILED: 0, CRASHED: 4 });
      assertEquals(summary.warnings, ["the output of a worker cannot be kept: no space"]);
    });
  });
}

Deno.test("ranges that were written before an error are not lost", async () => {
  const sink = new Sink();
  const reader = Promise.withResolvers<void>();
  const write = async (bytes: Uint8Array) => {
    await reader.promise;
    if (sink.length + bytes.length > 14) throw new Error("no space");
    await sink.write(bytes);
  };
  let ended = 0;
  const result = await runJob(
    { totalItems: 4, chunkSize: 1, numWorkers: 1 },
    perItem("echo item $0"),
    {
      output: new OrderedOutput({ write }),
      onEvent: ({ kind }) => kind === "range-ended" && ++ended === 4 && reader.resolve(),
    },
  );
  assertEquals(sink.text(), "item 0\nitem 1\n");
  assertEquals(writtenRanges(result), [0, 1]);
  assertEquals(result.summary.failures.map(({ range }) => range), [2, 3]);
});

Deno.test("what can be kept neither in memory nor on disk fails its range, and nothing is shown of that", async () => {
  const sink = new Sink();
  await withoutTempFiles(async () => {
    const { summary } = await runJob(
      { totalItems: 4, chunkSize: 1, numWorkers: 1 },
      perItem('echo "item $0"; [ $(($0 % 2)) = 0 ] || yes | head -c 10000000'),
      { output: new OrderedOutput({ write: sink.write, maxMemory: 1_000_000 }) },
    );
    assertEquals(sink.text(), "item 0\nitem 2\n");
    assertEquals(summary.failures.length, 2);
    for (const { cause } of summary.failures) {
      assertMatch(
        JSON.stringify(cause),
        /^\{"kind":"output-lost","message":"no temporary file can be made in .*: No room/,
      );
    }
    assertEquals(summary.warnings.length, 1);
    assertStringIncludes(summary.warnings[0]!, "the output of a worker cannot be kept: ");
  });
});
