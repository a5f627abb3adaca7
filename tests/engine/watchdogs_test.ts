// Limits of one attempt: timeout, stallTimeout, slowAfter.
import { assert, assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../helpers/cli.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { FakeLauncher } from "../helpers/fake_launcher.ts";
import { ofKind, runJob, runScript } from "../helpers/run_job.ts";
import type { TaskConfig } from "@lambdawaker/executor";

/** Runs ten ranges that take no time; range 9 hangs in its first attempts. */
async function runWithStraggler(config: Partial<TaskConfig>, hangs: number) {
  const clock = new FakeClock();
  let attempts = 0;
  const launcher = new FakeLauncher(({ args }) => {
    const isHung = args[0] === "9" && ++attempts <= hangs;
    return { lines: [], exit: isHung ? undefined : { kind: "exited", code: 0 } };
  });
  let isOver = false;
  const control = new AbortController();
  const running = runJob(
    { totalItems: 10, chunkSize: 1, numWorkers: 2, retryDelay: 0, ...config },
    ({ extraData }) => ["x", `${extraData.startIndex}`],
    { launcher, clock, signal: control.signal },
  ).finally(() => isOver = true);
  for (let step = 0; step < 20 && !isOver; step++) await clock.advance(100);
  control.abort();
  while (!isOver) await clock.advance(1_000);
  return await running;
}

Deno.test("a slow attempt is reported once", async () => {
  const result = await runWithStraggler({ slowAfter: 3 }, 1);
  const [slow, ...others] = ofKind(result, "slow");
  assertEquals(others, []);
  assertEquals(slow!.range, 9);
  assert(slow!.elapsed > 3 * slow!.median);
  assertEquals(result.summary.slow, 1);
  assertEquals([result.summary.failures, result.summary.stopped], [[], 1]);
});

Deno.test("killSlow ends a slow attempt, and its range is retried", async () => {
  const result = await runWithStraggler({ slowAfter: 3, killSlow: true, maxRetries: 1 }, 1);
  assertEquals(ofKind(result, "retry-scheduled").map(({ range }) => range), [9]);
  const ended = ofKind(result, "attempt-ended").filter(({ range }) => range === 9);
  assertEquals(ended.map(({ status, cause }) => [status, cause]), [
    ["CRASHED", { kind: "slow" }],
    ["SUCCESS", undefined],
  ]);
  assertEquals(result.summary.ok, true);
});

Deno.test("killSlow spares the last attempt of a range", async () => {
  const result = await runWithStraggler({ slowAfter: 3, killSlow: true, maxRetries: 1 }, 2);
  const ended = ofKind(result, "attempt-ended").filter(({ range }) => range === 9);
  assertEquals(ended.map(({ cause }) => cause), [{ kind: "slow" }, { kind: "stopped" }]);
});

Deno.test("no attempt is slow while there are too few others to compare it with", async () => {
  const result = await runWithStraggler({ slowAfter: 3, totalItems: 5, chunkSize: 1 }, 1);
  assertEquals(ofKind(result, "slow"), []);
});

Deno.test("--slow-after and --kill-slow work with real processes", async () => {
  const script =
    "if [ $1 = 6 ] && [ $EXECUTOR_ATTEMPT = 1 ]; then exec sleep 60; else sleep 0.1; fi";
  const { code, stdout } = await runCli([
    ...["run", "-n", "8", "-c", "1", "-w", "2", "-r", "1", "--retry-delay", "10ms"],
    ...["--slow-after", "10", "--kill-slow", "--", "sh", "-c", script, "sh", "{start}"],
  ]);
  assertEquals(code, 0);
  assertMatch(stdout, /SLOW +\d\.\d s +item 6: others take 0\.\d s/);
  assertMatch(stdout, /RETRYING +\d.* s +item 6: slow, attempt 1 of 2, again in 0\.0 s/);
  assertMatch(stdout, /! 1 attempt was slow beside the others/);
});

Deno.test("timeout ends one attempt, and its range is retried", async () => {
  const { summary } = await runJob(
    // On a busy machine, a later attempt may time out, too.
    { totalItems: 1, timeout: 300, maxRetries: 9, retryDelay: 0 },
    ({ attempt }) => attempt === 1 ? ["sleep", "60"] : ["true"],
  );
  assert(summary.ok);
  assert(summary.retries >= 1);
});

Deno.test("stallTimeout counts from the last progress or message, not from log lines", async () => {
  const talks = "for i in 1 2 3 4 5 6; do echo PROGRESS: $i; sleep 0.15; done";
  const talking = await runScript(talks, {
    stallTimeout: 600,
    // On a busy machine, one step may be late.
    maxRetries: 9,
    retryDelay: 0,
  });
  assert(talking.summary.ok, "0.9 s in all, but progress at least every 0.6 s");
  const logs = await runScript(`while :; do echo working; sleep 0.05; done`, { stallTimeout: 300 });
  assertEquals(logs.summary.failures[0]?.cause, { kind: "stall" });
});
