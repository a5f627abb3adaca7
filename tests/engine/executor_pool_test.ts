import { SubprocessExecutor } from "@lambdawaker/executor";
import { assert, assertEquals } from "@std/assert";
import { ofKind, runJob } from "../helpers/run_job.ts";

Deno.test("200 workers run at once", async () => {
  const folder = await Deno.makeTempDir();
  try {
    let spawned = 0;
    const { summary } = await runJob(
      { totalItems: 200, numWorkers: 200, timeout: 60_000 },
      () => ["sh", "-c", `until [ -e ${folder}/go ]; do sleep 0.2; done; echo PROGRESS: 1`],
      {
        // None of them ends before all of them are there.
        onEvent: ({ kind }) => {
          if (kind === "spawned" && ++spawned === 200) Deno.writeTextFileSync(`${folder}/go`, "");
        },
      },
    );
    assertEquals(summary.counts.FINISHED, 200);
    assertEquals(summary.attempts, 200);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("1 worker takes all items in one range", async () => {
  const result = await runJob({ totalItems: 7, numWorkers: 1 }, () => ["true"]);
  assertEquals(ofKind(result, "attempt-started").map((e) => [e.startIndex, e.endIndex]), [[0, 7]]);
  assert(result.summary.ok);
});

Deno.test("0 items are a run that succeeds at once", async () => {
  const { summary, events } = await runJob({ totalItems: 0 }, () => ["false"]);
  assert(summary.ok);
  assertEquals(events.map(({ kind }) => kind), ["run-started", "run-ended"]);
});

Deno.test("more workers than items mean fewer workers", async () => {
  const result = await runJob({ totalItems: 3, numWorkers: 8 }, () => ["true"]);
  assertEquals(ofKind(result, "run-started")[0]?.numWorkers, 3);
  assertEquals(result.summary.attempts, 3);
});

Deno.test("with chunkSize, free workers take the next range and no straggler holds them back", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // The first range ends only when all others have ended: with a fixed share each, it never would.
    const result = await runJob(
      { totalItems: 40, numWorkers: 2, chunkSize: 4, timeout: 30_000 },
      ({ extraData: { rangeIndex } }) => [
        "sh",
        "-c",
        rangeIndex === 0
          ? `until [ "$(ls ${folder} | wc -l)" -eq 9 ]; do sleep 0.05; done`
          : `touch ${folder}/${rangeIndex}`,
      ],
    );
    assert(result.summary.ok);
    const byWorker = Map.groupBy(ofKind(result, "attempt-started"), ({ worker }) => worker);
    assertEquals(byWorker.get(0)?.length, 1);
    assertEquals(byWorker.get(1)?.length, 9);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an executor can run its job again", async () => {
  const executor = new SubprocessExecutor({ totalItems: 2 }, () => ["true"]);
  const first = await executor.run();
  const second = await executor.run();
  assert(first.ok && second.ok && first.runId !== second.runId);
});

Deno.test("a reporter that throws is reported once and dropped; the run goes on", async () => {
  let calls = 0;
  const seen: string[] = [];
  class Broken {
    report(): void {
      calls++;
      throw new Error("no paper");
    }
    abandon(): void {
      seen.push("abandoned");
      throw new Error("not even that");
    }
  }
  const executor = new SubprocessExecutor({ totalItems: 4, numWorkers: 2 }, () => ["true"]);
  const summary = await executor.run([new Broken(), { report: ({ kind }) => seen.push(kind) }]);
  assert(summary.ok);
  assertEquals(calls, 1);
  assertEquals(summary.warnings, ["Broken failed and was dropped: no paper"]);
  assertEquals(seen.filter((kind) => kind === "reporter-failed").length, 1);
  assertEquals(seen.slice(0, 3), ["abandoned", "run-started", "reporter-failed"], "in order");
  assertEquals(seen.at(-1), "run-ended");
});

Deno.test("a reporter whose close() rejects is reported, too", async () => {
  const broken = { report() {}, close: () => Promise.reject(new Error("no ink")) };
  const summary = await new SubprocessExecutor({ totalItems: 1 }, () => ["true"]).run(broken);
  assert(summary.ok);
  assertEquals(summary.warnings, ["Object failed and was dropped: no ink"]);
});

Deno.test("a reporter whose report() is async and throws is reported and dropped, too", async () => {
  const broken = { report: () => Promise.reject(new Error("no glue")) as unknown as void };
  const summary = await new SubprocessExecutor({ totalItems: 3, chunkSize: 1 }, () => ["true"]).run(
    broken,
  );
  assert(summary.ok);
  assertEquals(summary.warnings, ["Object failed and was dropped: no glue"]);
});

Deno.test("what one reporter brings about reaches the next one after what it was told of", async () => {
  const control = new AbortController();
  const seen: string[] = [];
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["sleep", "60"]);
  await executor.run([
    { report: ({ kind }) => kind === "spawned" && control.abort() },
    { report: ({ kind }) => seen.push(kind) },
  ], { signal: control.signal });
  assertEquals(seen.slice(0, 4), ["run-started", "attempt-started", "spawned", "run-stopping"]);
});

Deno.test("a stop that comes when all is over changes nothing", async () => {
  const control = new AbortController();
  const seen: string[] = [];
  const summary = await new SubprocessExecutor({ totalItems: 1 }, () => ["true"]).run({
    report: ({ kind }) => seen.push(kind),
    close: () => Promise.resolve(control.abort()),
  }, { signal: control.signal });
  assertEquals([summary.ok, summary.stoppedBy, seen.at(-1)], [true, undefined, "run-ended"]);
});
