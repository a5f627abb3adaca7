import { assert, assertEquals } from "@std/assert";
import { ofKind, runJob } from "../helpers/run_job.ts";

Deno.test("a range is tried maxRetries + 1 times in all", async () => {
  const result = await runJob(
    { totalItems: 2, numWorkers: 2, maxRetries: 2, retryDelay: 0 },
    ({ index }) => ["sh", "-c", index === 0 ? "exit 5" : "echo STATUS: FAILED"],
  );
  assertEquals(result.summary.attempts, 6);
  assertEquals(result.summary.retries, 4);
  const failures = result.summary.failures.map((
    { status, reason, attempts },
  ) => [status, reason, attempts]);
  assertEquals(failures.sort(), [["CRASHED", "exit code 5", 3], ["FAILED", "said FAILED", 3]]);
});

Deno.test("retries wait longer each time, and the wait is announced", async () => {
  const retryDelay = { initial: 60, factor: 3, max: 150, jitter: 0 };
  const result = await runJob(
    { totalItems: 1, maxRetries: 3, retryDelay },
    () => ["false"],
  );
  const scheduled = ofKind(result, "retry-scheduled");
  assertEquals(scheduled.map(({ delay }) => delay), [60, 150, 150]);
  const starts = ofKind(result, "attempt-started").slice(1);
  for (const [index, { t }] of starts.entries()) {
    const waited = t - scheduled[index]!.t;
    assert(waited >= scheduled[index]!.delay - 2, `waited ${waited} ms`);
  }
});

Deno.test("retryFrom checkpoint: the next attempt begins after what is safely done", async () => {
  const result = await runJob(
    { totalItems: 10, numWorkers: 1, maxRetries: 3, retryDelay: 0, retryFrom: "checkpoint" },
    ({ attempt, extraData: { startIndex, endIndex } }) => [
      "sh",
      "-c",
      attempt < 3 ? "echo PROGRESS: 3; kill -KILL $$" : `echo PROGRESS: ${endIndex - startIndex}`,
    ],
  );
  const parts = ofKind(result, "attempt-started").map((e) => [e.startIndex, e.endIndex]);
  assertEquals(parts, [[0, 10], [3, 10], [6, 10]]);
  assertEquals(result.summary.doneItems, 10);
  assert(result.summary.ok);
});

Deno.test("retryFrom checkpoint: what was safely done counts though the range fails", async () => {
  const { summary } = await runJob(
    { totalItems: 10, numWorkers: 1, maxRetries: 1, retryDelay: 0, retryFrom: "checkpoint" },
    () => ["sh", "-c", "echo PROGRESS: 2; exit 1"],
  );
  assertEquals(summary.doneItems, 4);
  assertEquals(summary.failures[0]?.startIndex, 0);
  assertEquals(summary.ok, false);
});

Deno.test("retryFrom checkpoint: a crash after the last item leaves nothing to be done", async () => {
  const { summary } = await runJob(
    { totalItems: 10, numWorkers: 1, maxRetries: 1, retryDelay: 0, retryFrom: "checkpoint" },
    () => ["sh", "-c", "echo PROGRESS: 10; exit 1"],
  );
  assertEquals(summary.attempts, 1);
  assertEquals(summary.counts.FINISHED, 1);
});

Deno.test("retryFrom checkpoint: progress past the range is not believed", async () => {
  const result = await runJob(
    { totalItems: 10, numWorkers: 1, maxRetries: 1, retryDelay: 0, retryFrom: "checkpoint" },
    () => ["sh", "-c", "echo PROGRESS: 99; exit 1"],
  );
  assertEquals(result.summary.ok, false);
  assertEquals(result.summary.doneItems, 0);
  assertEquals(ofKind(result, "attempt-started").map(({ startIndex }) => startIndex), [0, 0]);
});

Deno.test("what a failed attempt had done does not count", async () => {
  const { summary } = await runJob(
    { totalItems: 10, numWorkers: 1 },
    () => ["sh", "-c", "echo PROGRESS: 9; exit 1"],
  );
  assertEquals(summary.doneItems, 0);
});

Deno.test("retryFrom checkpoint: FAILED, said after the last item, stays FAILED", async () => {
  const { summary } = await runJob(
    { totalItems: 10, numWorkers: 1, maxRetries: 1, retryDelay: 0, retryFrom: "checkpoint" },
    () => ["sh", "-c", "echo PROGRESS: 10; echo STATUS: FAILED; exit 5"],
  );
  assertEquals([summary.ok, summary.failures[0]?.status], [false, "FAILED"]);
});
