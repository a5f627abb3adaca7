// What callers give, where it answers oddly or never, and what a callback is given.
import { ConfigError, SubprocessExecutor } from "@lambdawaker/executor";
import { assert, assertEquals, assertRejects } from "@std/assert";
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
