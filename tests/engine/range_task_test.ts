// Attempts at one range: retries, checkpoints, and ends that are not charged.
import type { ProcessExit } from "@lambdawaker/executor";
import { assert, assertEquals } from "@std/assert";
import { FakeLauncher } from "../helpers/fake_launcher.ts";
import { ofKind, runJob } from "../helpers/run_job.ts";

Deno.test("a range has maxRetries + 1 attempts", async () => {
  const result = await runJob(
    { totalItems: 2, numWorkers: 2, maxRetries: 2, retryDelay: 0 },
    ({ index }) => ["sh", "-c", index === 0 ? "exit 5" : "echo STATUS: FAILED"],
  );
  assertEquals(result.summary.attempts, 6);
  assertEquals(result.summary.retries, 4);
  const failures = result.summary.failures.toSorted((a, b) => a.rangeIndex - b.rangeIndex);
  assertEquals(failures.map(({ cause, attempts }) => [cause, attempts]), [
    [{ kind: "exit", code: 5 }, 3],
    [{ kind: "reported", status: "FAILED" }, 3],
  ]);
});

Deno.test("each retry waits longer, and the delay is published", async () => {
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

Deno.test("retryFrom checkpoint: a retry begins after the items that are safely done", async () => {
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

Deno.test("retryFrom checkpoint: safely done items of a failed range count", async () => {
  const { summary } = await runJob(
    { totalItems: 10, numWorkers: 1, maxRetries: 1, retryDelay: 0, retryFrom: "checkpoint" },
    () => ["sh", "-c", "echo PROGRESS: 2; exit 1"],
  );
  assertEquals(summary.doneItems, 4);
  assertEquals(summary.failures[0]?.startIndex, 0);
  assertEquals(summary.ok, false);
});

Deno.test("retryFrom checkpoint: a range that crashes after its last item is FINISHED", async () => {
  const { summary } = await runJob(
    { totalItems: 10, numWorkers: 1, maxRetries: 1, retryDelay: 0, retryFrom: "checkpoint" },
    () => ["sh", "-c", "echo PROGRESS: 10; exit 1"],
  );
  assertEquals(summary.attempts, 1);
  assertEquals(summary.counts.FINISHED, 1);
});

Deno.test("retryFrom checkpoint: progress past the range is ignored", async () => {
  const result = await runJob(
    { totalItems: 10, numWorkers: 1, maxRetries: 1, retryDelay: 0, retryFrom: "checkpoint" },
    () => ["sh", "-c", "echo PROGRESS: 99; exit 1"],
  );
  assertEquals(result.summary.ok, false);
  assertEquals(result.summary.doneItems, 0);
  assertEquals(ofKind(result, "attempt-started").map(({ startIndex }) => startIndex), [0, 0]);
});

Deno.test("progress of a failed attempt does not count", async () => {
  const { summary } = await runJob(
    { totalItems: 10, numWorkers: 1 },
    () => ["sh", "-c", "echo PROGRESS: 9; exit 1"],
  );
  assertEquals(summary.doneItems, 0);
});

Deno.test("retryFrom checkpoint: a range that reports FAILED after its last item is FAILED", async () => {
  const { summary } = await runJob(
    { totalItems: 10, numWorkers: 1, maxRetries: 1, retryDelay: 0, retryFrom: "checkpoint" },
    () => ["sh", "-c", "echo PROGRESS: 10; echo STATUS: FAILED; exit 5"],
  );
  assertEquals([summary.ok, summary.failures[0]?.status], [false, "FAILED"]);
});

const LOST: ProcessExit = { kind: "lost", reason: "node n2 failed" };
const LAUNCH_FAILED: ProcessExit = { kind: "launch-failed", reason: "no such node" };
const ENDS_WELL: ProcessExit = { kind: "exited", code: 0 };
const EXIT_3: ProcessExit = { kind: "exited", code: 3 };

/** Runs one range whose attempts end in these ways, one after another. */
function runEnds(exits: ProcessExit[], config = {}) {
  const left = exits.values();
  const launcher = new FakeLauncher(() => ({ lines: [], exit: left.next().value ?? ENDS_WELL }));
  return runJob({ totalItems: 5, numWorkers: 1, retryDelay: 0, ...config }, () => ["x"], {
    launcher,
  });
}

Deno.test("lost attempts and failed launches are not charged to maxRetries", async () => {
  const result = await runEnds([LOST, LAUNCH_FAILED, LOST, EXIT_3, LOST, ENDS_WELL], {
    maxRetries: 1,
  });
  const { ok, attempts, lost, launchFailures } = result.summary;
  assertEquals({ ok, attempts, lost, launchFailures }, {
    ok: true,
    attempts: 6,
    lost: 3,
    launchFailures: 1,
  });
  const most = ofKind(result, "attempt-started").map(({ maxAttempt }) => maxAttempt);
  assertEquals(most, [2, 3, 4, 5, 5, 6]);
});

Deno.test("lost attempts do not use up the retries of other failures", async () => {
  const { summary } = await runEnds([LOST, EXIT_3, LOST, EXIT_3, ENDS_WELL], { maxRetries: 1 });
  assertEquals([summary.attempts, summary.failures[0]?.cause], [4, { kind: "exit", code: 3 }]);
});

Deno.test("a range may be lost maxLost times", async () => {
  const { summary } = await runEnds([LOST, LOST, LOST, ENDS_WELL], { maxLost: 2, maxRetries: 9 });
  assertEquals(summary.counts.CRASHED, 1);
  assertEquals([summary.attempts, summary.failures[0]?.cause], [3, {
    kind: "lost",
    message: "node n2 failed",
  }]);
});

Deno.test("a launch may fail maxLaunchFailures times", async () => {
  const { summary } = await runEnds([LAUNCH_FAILED, LAUNCH_FAILED, ENDS_WELL], {
    maxLaunchFailures: 1,
  });
  assertEquals([summary.attempts, summary.failures[0]?.cause], [2, {
    kind: "launch",
    message: "no such node",
  }]);
});

Deno.test("a permanent launch failure is not retried", async () => {
  const { summary } = await runEnds([{ ...LAUNCH_FAILED, permanent: true }], { maxRetries: 3 });
  assertEquals([summary.attempts, summary.launchFailures], [1, 0]);
});
