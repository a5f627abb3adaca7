import { assert, assertEquals } from "@std/assert";
import type { ProcessExit } from "@lambdawaker/executor";
import { FakeLauncher } from "../helpers/fake_launcher.ts";
import { ofKind, runJob } from "../helpers/run_job.ts";

const LOST: ProcessExit = { kind: "lost", reason: "node n2 failed" };
const NO_LAUNCH: ProcessExit = { kind: "launch-failed", reason: "no such node" };
const WELL: ProcessExit = { kind: "exited", code: 0 };
const BADLY: ProcessExit = { kind: "exited", code: 3 };

/** Runs one range whose attempts end so, one after the other. */
function runEnds(exits: ProcessExit[], config = {}) {
  const left = exits.values();
  const launcher = new FakeLauncher(() => ({ lines: [], exit: left.next().value ?? WELL }));
  return runJob({ totalItems: 5, numWorkers: 1, retryDelay: 0, ...config }, () => ["x"], {
    launcher,
  });
}

Deno.test("an attempt that was lost, or could not be launched, is not charged to maxRetries", async () => {
  const result = await runEnds([LOST, NO_LAUNCH, LOST, BADLY, LOST, WELL], { maxRetries: 1 });
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

Deno.test("the retries are used up by other failures alone", async () => {
  const { summary } = await runEnds([LOST, BADLY, LOST, BADLY, WELL], { maxRetries: 1 });
  assertEquals([summary.attempts, summary.failures[0]?.reason], [4, "exit code 3"]);
});

Deno.test("an attempt may be lost maxLost times, and no more", async () => {
  const { summary } = await runEnds([LOST, LOST, LOST, WELL], { maxLost: 2, maxRetries: 9 });
  assertEquals(summary.counts.CRASHED, 1);
  assertEquals([summary.attempts, summary.failures[0]?.reason], [3, "lost: node n2 failed"]);
});

Deno.test("a launch may fail maxLaunchFailures times, and no more", async () => {
  const { summary } = await runEnds([NO_LAUNCH, NO_LAUNCH, WELL], { maxLaunchFailures: 1 });
  assertEquals([summary.attempts, summary.failures[0]?.reason], [2, "no such node"]);
});

Deno.test("a launch that would fail again is not tried again", async () => {
  const { summary } = await runEnds([{ ...NO_LAUNCH, permanent: true }], { maxRetries: 3 });
  assertEquals([summary.attempts, summary.launchFailures], [1, 0]);
});

Deno.test("the time-outs of an attempt count from when it has its place, which is told", async () => {
  const place = Promise.withResolvers<{ node: string; id: string; pid: number }>();
  const fake = new FakeLauncher(() => ({ lines: [] }));
  const launcher = {
    launch() {
      const process = fake.launch({ command: "x", args: [] });
      setTimeout(() => place.resolve({ node: "n7", id: "4.2", pid: 99 }), 300);
      return Object.assign(process, { placement: place.promise });
    },
  };
  const config = { totalItems: 1, numWorkers: 1, timeout: 200 };
  const result = await runJob(config, () => ["x"], { launcher });
  const [spawned] = ofKind(result, "spawned");
  assertEquals([spawned!.node, spawned!.engineId, spawned!.pid], ["n7", "4.2", 99]);
  const [ended] = ofKind(result, "attempt-ended");
  assertEquals(ended!.reason, "timeout");
  assert(ended!.t - spawned!.t >= 190, `${ended!.t - spawned!.t}`);
});

Deno.test("there are as many workers as the launcher has room for, unless somebody says otherwise", async () => {
  const capable = (capacity: number) =>
    Object.assign(new FakeLauncher(() => ({ lines: [], exit: WELL })), {
      capacity: () => Promise.resolve(capacity),
    });
  const run = (config: { numWorkers?: number }) =>
    runJob({ totalItems: 50, ...config }, () => ["x"], { launcher: capable(7) });
  assertEquals(ofKind(await run({}), "run-started")[0]!.numWorkers, 7);
  assertEquals(ofKind(await run({ numWorkers: 3 }), "run-started")[0]!.numWorkers, 3);
});
