// What callers give, where it answers oddly or never, and what a callback is given.
import { ConfigError, SubprocessExecutor } from "@lambdawaker/executor";
import { OrderedOutput } from "@lambdawaker/executor/output";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { FakeClock } from "../helpers/fake_clock.ts";
import { FakeLauncher } from "../helpers/fake_launcher.ts";

Deno.test("an item of a range of one is worker.item", async () => {
  const seen: unknown[] = [];
  const executor = new SubprocessExecutor(
    { items: ["a", "b", "c"], numWorkers: 1, chunkSize: 2 },
    ({ item, items }) => {
      seen.push([item, items]);
      return ["true"];
    },
  );
  await executor.run();
  assertEquals(seen, [[undefined, ["a", "b"]], ["c", ["c"]]]);
});

Deno.test("a working directory may be a file URL", async () => {
  const cwd = new URL("file:///");
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ({
    command: "sh",
    args: ["-c", '[ "$PWD" = / ]'],
    cwd,
  }));
  assert((await executor.run()).ok);
});

Deno.test("a getCommand that never answers is a warning after ten seconds, and ends with the run", async () => {
  const clock = new FakeClock();
  const executor = new SubprocessExecutor(
    { totalItems: 1 },
    () => new Promise<string[]>(() => {}),
    { clock },
  );
  const run = executor.start([], { handleSignals: false });
  while (run.state.warnings.length === 0) await clock.advance(1_000);
  assertEquals(run.state.warnings, [
    "getCommand has not answered for range 0 in 10 seconds: worker 0 waits for it",
  ]);
  run.stop();
  const summary = await run.summary;
  assertEquals([summary.ok, summary.failures.length], [false, 0]);
});

for (const capacity of [NaN, -1, 0.5, Infinity]) {
  Deno.test(`a launcher that has room for ${capacity} workers is refused by name`, async () => {
    const launcher = Object.assign(new FakeLauncher(() => ({ lines: [] })), {
      capacity: () => capacity,
    });
    const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["x"], { launcher });
    await assertRejects(
      () => executor.run(),
      ConfigError,
      `launcher.capacity() must be a positive integer: current value is ${capacity}`,
    );
  });
}

Deno.test("a launcher that never says how many workers it has room for is refused", async () => {
  const launcher = Object.assign(new FakeLauncher(() => ({ lines: [] })), {
    capacity: () => new Promise<number>(() => {}),
  });
  const clock = new FakeClock();
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["x"], { launcher, clock });
  const refused = assertRejects(
    () => executor.run(),
    ConfigError,
    "numWorkers must be given, as launcher.capacity() has not answered in 60 seconds",
  );
  await clock.advance(60_000);
  await refused;
});

Deno.test("an output that is never written is a warning after ten seconds, and ends with a stop", async () => {
  const clock = new FakeClock();
  const executor = new SubprocessExecutor(
    { totalItems: 1, gracePeriod: 1_000 },
    () => ["echo", "x"],
    { clock },
  );
  const output = new OrderedOutput({ write: () => new Promise(() => {}) });
  const run = executor.start([], { output, handleSignals: false });
  while (run.state.warnings.length === 0) await clock.advance(1_000);
  assertEquals(run.state.warnings, [
    "the output is still not written 10 seconds after the work: the run waits for its reader, until it is stopped",
  ]);
  run.stop("kill");
  let isOver = false;
  run.summary.then(() => isOver = true);
  while (!isOver) await clock.advance(100);
  assertEquals((await run.summary).doneItems, 1);
});

Deno.test("a reporter that never closes is dropped with a warning", async () => {
  const clock = new FakeClock();
  class Stuck {
    report() {}
    close = () => new Promise<void>(() => {});
  }
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["true"], {
    clock,
    launcher: new FakeLauncher(() => ({ lines: [], exit: { kind: "exited", code: 0 } })),
  });
  const run = executor.start(new Stuck(), { handleSignals: false });
  let isOver = false;
  run.summary.then(() => isOver = true);
  while (!isOver) await clock.advance(1_000);
  const { ok, warnings } = await run.summary;
  assertEquals([ok, warnings], [true, [
    "Stuck failed and was dropped: close() has not resolved after 10 seconds",
  ]]);
});

Deno.test("items that throw are a warning, and the run is not ok", async () => {
  function* items() {
    yield "a";
    throw new Error("no more");
  }
  const executor = new SubprocessExecutor({ items: items() }, () => ["true"]);
  const { ok, doneItems, warnings } = await executor.run();
  assertEquals([ok, doneItems, warnings], [false, 1, [
    "cannot read items after the first 1: no more",
  ]]);
});

Deno.test("items that never come end with the run", async () => {
  const items = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  const executor = new SubprocessExecutor({ items, numWorkers: 2 }, () => ["true"]);
  const run = executor.start([], { handleSignals: false });
  run.stop();
  assertEquals((await run.summary).ok, false);
});

Deno.test("a protocol that cannot be made ends its attempt with the error", async () => {
  const protocol = () => {
    throw new Error("no protocol today");
  };
  const executor = new SubprocessExecutor({ totalItems: 1, protocol }, () => ["true"]);
  const { failures } = await executor.run();
  assertEquals(failures.map(({ status }) => status), ["CRASHED"]);
  assertMatch(JSON.stringify(failures[0]!.cause), /no protocol today/);
});

for (const method of ["begin", "end"] as const) {
  Deno.test(`an output whose ${method}() never resolves does not keep a stopped run from its end`, async () => {
    const never = () => new Promise<void>(() => {});
    const range = { begin() {}, stdout() {}, end() {}, [method]: never };
    const output = { range: () => range };
    const executor = new SubprocessExecutor(
      { totalItems: 2, numWorkers: 2, gracePeriod: 100 },
      () => ["true"],
    );
    const begun = Promise.withResolvers<void>();
    const report = ({ kind }: { kind: string }) => {
      if (kind === (method === "begin" ? "attempt-started" : "attempt-ended")) begun.resolve();
    };
    const run = executor.start({ report }, { output, handleSignals: false });
    await begun.promise;
    run.stop();
    assertEquals((await run.summary).stoppedBy, { kind: "request" });
  });
}

Deno.test("a getCommand that rejects with nothing fails its range", async () => {
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => Promise.reject());
  const { failures } = await executor.run([], { handleSignals: false });
  assertEquals(failures.map(({ cause }) => cause), [{ kind: "command", message: "undefined" }]);
});
