// Delivery of events, and reporters that fail.
import { SubprocessExecutor } from "@lambdawaker/executor";
import { assert, assertEquals } from "@std/assert";

Deno.test("a reporter that throws is reported once and dropped", async () => {
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

Deno.test("a reporter whose close() rejects is reported", async () => {
  const broken = { report() {}, close: () => Promise.reject(new Error("no ink")) };
  const summary = await new SubprocessExecutor({ totalItems: 1 }, () => ["true"]).run(broken);
  assert(summary.ok);
  assertEquals(summary.warnings, ["a reporter failed and was dropped: no ink"]);
});

Deno.test("a reporter whose report() rejects is reported and dropped", async () => {
  const broken = { report: () => Promise.reject(new Error("no glue")) as unknown as void };
  const summary = await new SubprocessExecutor({ totalItems: 3, chunkSize: 1 }, () => ["true"]).run(
    broken,
  );
  assert(summary.ok);
  assertEquals(summary.warnings, ["a reporter failed and was dropped: no glue"]);
});

Deno.test("an event that a reporter causes is delivered after the one it reacts to", async () => {
  const control = new AbortController();
  const seen: string[] = [];
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["sleep", "60"]);
  await executor.run([
    { report: ({ kind }) => kind === "spawned" && control.abort() },
    { report: ({ kind }) => seen.push(kind) },
  ], { signal: control.signal });
  assertEquals(seen.slice(0, 4), ["run-started", "attempt-started", "spawned", "run-stopping"]);
});
