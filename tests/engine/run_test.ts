// Ends of a whole run: time-out, haltOn, abort; and running again.
import { SubprocessExecutor } from "@lambdawaker/executor";
import { assert, assertEquals } from "@std/assert";
import { FakeLauncher } from "../helpers/fake_launcher.ts";
import { assertNoneLeft, uniqueMark } from "../helpers/processes.ts";
import { ofKind, runJob } from "../helpers/run_job.ts";

Deno.test("runTimeout stops the whole run", async () => {
  const mark = uniqueMark();
  const { summary } = await runJob(
    { totalItems: 4, numWorkers: 2, chunkSize: 1, runTimeout: 300 },
    () => ["sh", "-c", "sleep 60; :", mark],
  );
  assertEquals(summary.ok, false);
  assertEquals(summary.stoppedBy, { kind: "runTimeout" });
  assertEquals([summary.failures, summary.stopped, summary.exitCode], [[], 2, 1]);
  assertEquals(summary.attempts, 2);
  assertNoneLeft(mark);
});

Deno.test("haltOn drain lets running ranges end and starts no others", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const result = await runJob(
      { totalItems: 6, numWorkers: 2, chunkSize: 1, haltOn: { failures: 1, how: "drain" } },
      ({ extraData: { rangeIndex } }) =>
        rangeIndex === 0
          ? ["false"]
          : ["sh", "-c", `until [ -e ${folder}/go ]; do sleep 0.02; done; echo STATUS: SUCCESS`],
      // The other range ends after the halt, not before.
      {
        onEvent: ({ kind }) =>
          kind === "run-stopping" && Deno.writeTextFileSync(`${folder}/go`, ""),
      },
    );
    const { counts, stoppedBy, attempts } = result.summary;
    assertEquals([counts.FAILED, counts.SUCCESS, attempts], [1, 1, 2]);
    assertEquals(stoppedBy, { kind: "halt", failures: 1 });
    assertEquals(ofKind(result, "run-stopping").map(({ how }) => how), ["drain"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("haltOn kill stops the running ranges", async () => {
  const { summary } = await runJob(
    { totalItems: 6, numWorkers: 2, chunkSize: 1, haltOn: { failures: 1, how: "kill" } },
    ({ extraData: { rangeIndex } }) =>
      rangeIndex === 0 ? ["sh", "-c", "sleep 0.2; exit 1"] : ["sleep", "60"],
  );
  const failures = summary.failures.map(({ status, cause }) => [status, cause]);
  assertEquals(failures, [["FAILED", { kind: "exit", code: 1 }]]);
  assertEquals(summary.stopped, 1);
  assertEquals(summary.attempts, 2);
});

Deno.test("haltOn counts failed ranges, not failed attempts", async () => {
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

Deno.test("haltOn drain cancels waiting retries", async () => {
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
  assertEquals(summary.failures.map(({ cause }) => cause.kind), ["launch"]);
  assertEquals(summary.stopped, 1);
});

Deno.test("an executor can run its job twice", async () => {
  const executor = new SubprocessExecutor({ totalItems: 2 }, () => ["true"]);
  const first = await executor.run();
  const second = await executor.run();
  assert(first.ok && second.ok && first.runId !== second.runId);
});

Deno.test("a stop after the last event changes nothing", async () => {
  const control = new AbortController();
  const seen: string[] = [];
  const summary = await new SubprocessExecutor({ totalItems: 1 }, () => ["true"]).run({
    report: ({ kind }) => seen.push(kind),
    close: () => Promise.resolve(control.abort()),
  }, { signal: control.signal });
  assertEquals([summary.ok, summary.stoppedBy, seen.at(-1)], [true, undefined, "run-ended"]);
});

Deno.test("a signal that is already aborted starts no process", async () => {
  const { summary } = await runJob(
    { totalItems: 4, numWorkers: 2 },
    () => ["true"],
    { signal: AbortSignal.abort() },
  );
  assertEquals([summary.ok, summary.attempts, summary.stoppedBy?.kind], [false, 0, "abort"]);
});

Deno.test("the launcher's capacity is the default of numWorkers", async () => {
  const withCapacity = (capacity: number) =>
    Object.assign(new FakeLauncher(() => ({ lines: [], exit: { kind: "exited", code: 0 } })), {
      capacity: () => Promise.resolve(capacity),
    });
  const run = (config: { numWorkers?: number }) =>
    runJob({ totalItems: 50, ...config }, () => ["x"], { launcher: withCapacity(7) });
  assertEquals(ofKind(await run({}), "run-started")[0]!.numWorkers, 7);
  assertEquals(ofKind(await run({ numWorkers: 3 }), "run-started")[0]!.numWorkers, 3);
});
