import { assert, assertEquals } from "@std/assert";
import { assertNoneLeft, uniqueMark } from "../helpers/processes.ts";
import { ofKind, runJob, runScript } from "../helpers/run_job.ts";

Deno.test("timeout ends one attempt; the range is tried again", async () => {
  const { summary } = await runJob(
    { totalItems: 1, timeout: 300, maxRetries: 1, retryDelay: 0 },
    ({ attempt }) => attempt === 1 ? ["sleep", "60"] : ["true"],
  );
  assert(summary.ok);
  assertEquals(summary.retries, 1);
});

Deno.test("stallTimeout counts from the last progress or message, and log lines do not help", async () => {
  const talks = "for i in 1 2 3 4 5 6; do echo PROGRESS: $i; sleep 0.15; done";
  const talking = await runScript(talks, { stallTimeout: 600 });
  assert(talking.summary.ok, "0.9 s in all, but never silent for 0.6 s");
  const logs = await runScript(`while :; do echo working; sleep 0.05; done`, { stallTimeout: 300 });
  assertEquals(logs.summary.failures[0]?.reason, "stalled");
});

Deno.test("runTimeout stops the whole run and leaves the rest undone", async () => {
  const mark = uniqueMark();
  const { summary } = await runJob(
    { totalItems: 4, numWorkers: 2, chunkSize: 1, runTimeout: 300 },
    () => ["sh", "-c", "sleep 60; :", mark],
  );
  assertEquals(summary.ok, false);
  assertEquals(summary.stoppedBy, { kind: "runTimeout" });
  assertEquals(summary.failures.map(({ reason }) => reason), ["stopped", "stopped"]);
  assertEquals(summary.attempts, 2);
  assertNoneLeft(mark);
});

Deno.test("haltOn drain lets running ranges end and starts no more", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const result = await runJob(
      { totalItems: 6, numWorkers: 2, chunkSize: 1, haltOn: { failures: 1, how: "drain" } },
      ({ extraData: { rangeIndex } }) =>
        rangeIndex === 0
          ? ["false"]
          : ["sh", "-c", `until [ -e ${folder}/go ]; do sleep 0.02; done; echo STATUS: SUCCESS`],
      // What runs ends after the halt, not before.
      {
        onEvent: ({ kind }) =>
          kind === "run-stopping" && Deno.writeTextFileSync(`${folder}/go`, ""),
      },
    );
    const { counts, stoppedBy, attempts } = result.summary;
    assertEquals([counts.CRASHED, counts.SUCCESS, attempts], [1, 1, 2]);
    assertEquals(stoppedBy, { kind: "halt", failures: 1 });
    assertEquals(ofKind(result, "run-stopping").map(({ how }) => how), ["drain"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("haltOn kill stops what runs", async () => {
  const { summary } = await runJob(
    { totalItems: 6, numWorkers: 2, chunkSize: 1, haltOn: { failures: 1, how: "kill" } },
    ({ extraData: { rangeIndex } }) =>
      rangeIndex === 0 ? ["sh", "-c", "sleep 0.2; exit 1"] : ["sleep", "60"],
  );
  const reasons = summary.failures.map(({ status, reason }) => `${status} ${reason}`);
  assertEquals(reasons.sort(), ["CRASHED exit code 1", "FAILED stopped"]);
  assertEquals(summary.attempts, 2);
});

Deno.test("haltOn counts ranges that failed for good, not attempts", async () => {
  const { summary } = await runJob(
    {
      totalItems: 3,
      numWorkers: 1,
      chunkSize: 1,
      maxRetries: 2,
      retryDelay: 0,
      haltOn: { failures: 2, how: "drain" },
    },
    () => ["false"],
  );
  assertEquals([summary.attempts, summary.failures.length], [6, 2]);
});

Deno.test("haltOn drain calls off the retries that wait", async () => {
  const waiting = Promise.withResolvers<void>();
  const { summary } = await runJob(
    {
      totalItems: 2,
      numWorkers: 2,
      maxRetries: 1,
      retryDelay: 60_000,
      haltOn: { failures: 1, how: "drain" },
    },
    async ({ index }) => {
      if (index === 0) return ["false"];
      await waiting.promise;
      return ["no-such-program"];
    },
    { onEvent: ({ kind }) => kind === "retry-scheduled" && waiting.resolve() },
  );
  assertEquals(summary.attempts, 2);
  const reasons = summary.failures.map(({ reason }) => reason);
  assertEquals(reasons.sort(), ["command not found: no-such-program", "exit code 1"]);
});
