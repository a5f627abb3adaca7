// Launchers that never answer: the run says so, and can be ended.
import { SubprocessExecutor } from "@lambdawaker/executor";
import { type Launcher, LocalLauncher, type WorkerProcess } from "@lambdawaker/executor/launchers";
import { assert, assertEquals } from "@std/assert";
import { FakeClock } from "../helpers/fake_clock.ts";
import { ended } from "../helpers/fake_launcher.ts";

const local = new LocalLauncher();

/** Lets a run with a fake clock go on until it is over. */
async function advanceToEnd(clock: FakeClock, summary: Promise<unknown>): Promise<void> {
  let isOver = false;
  summary.finally(() => isOver = true);
  while (!isOver) await clock.advance(100);
}

Deno.test("an attempt ends if its status does not come though its process is gone", async () => {
  const launcher = ended({ status: new Promise(() => {}) });
  const clock = new FakeClock();
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["x"], { launcher, clock });
  const run = executor.start([], { handleSignals: false });
  await advanceToEnd(clock, run.summary);
  const message = "status of the launcher's process has not resolved 10 seconds after its end";
  assertEquals((await run.summary).failures[0]?.cause, { kind: "fault", message });
});

/** Members of a launcher that never answer; `names` are in the warning. */
const SILENT: readonly [string, Launcher][] = [
  ["launcher.open()", { launch: local.launch.bind(local), open: () => new Promise(() => {}) }],
  ["launcher.launch()", { launch: () => new Promise(() => {}) }],
  ["[Symbol.asyncDispose]() of the launcher", {
    ...ended({}),
    open: () => ({ ...ended({}), [Symbol.asyncDispose]: () => new Promise(() => {}) }),
  }],
];

for (const [name, launcher] of SILENT) {
  for (const how of ["stop", "kill"] as const) {
    Deno.test(`${name} that never answers is one warning, and ends with ${how}`, async () => {
      const clock = new FakeClock();
      const executor = new SubprocessExecutor(
        { totalItems: 2, chunkSize: 1, numWorkers: 2, gracePeriod: 1_000 },
        () => ["x"],
        { launcher, clock },
      );
      const run = executor.start([], { handleSignals: false });
      while (run.state.warnings.length === 0) await clock.advance(1_000);
      assert(run.state.warnings[0]!.startsWith(`${name} has not answered in 1`));
      run.stop(how);
      await advanceToEnd(clock, run.summary);
      const { failures, warnings } = await run.summary;
      const notices = warnings.filter((text) => text.includes("has not answered"));
      assertEquals([failures, notices.length], [[], 1]);
    });
  }
}

Deno.test("a drain ends a launcher that never opens", async () => {
  const clock = new FakeClock();
  const launcher = SILENT[0]![1];
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["x"], { launcher, clock });
  const run = executor.start([], { handleSignals: false });
  run.drain();
  await advanceToEnd(clock, run.summary);
  assertEquals((await run.summary).attempts, 0);
});

Deno.test("a process that is launched after the run gave it up is killed", async () => {
  const launched = Promise.withResolvers<WorkerProcess>();
  const called = Promise.withResolvers<void>();
  const killed = Promise.withResolvers<Deno.Signal>();
  const executor = new SubprocessExecutor(
    { totalItems: 1, gracePeriod: 100 },
    () => ["x"],
    {
      launcher: {
        launch() {
          called.resolve();
          return launched.promise;
        },
      },
    },
  );
  const run = executor.start([], { handleSignals: false });
  await called.promise;
  run.stop("kill");
  await run.summary;
  launched.resolve(await ended({ kill: killed.resolve }).launch({ command: "x", args: [] }));
  assertEquals(await killed.promise, "SIGKILL");
});

Deno.test("a stop ends a run whose launcher never says how many workers it has room for", async () => {
  const launcher = { ...ended({}), capacity: () => new Promise<number>(() => {}) };
  for (const how of ["abort", "stop", "drain"] as const) {
    const control = new AbortController();
    const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["x"], { launcher });
    const run = executor.start([], { handleSignals: false, signal: control.signal });
    if (how === "abort") control.abort();
    else run[how]();
    const { ok, attempts, warnings } = await run.summary;
    assertEquals([ok, attempts, warnings], [false, 0, [
      "launcher.capacity() had not answered when the run was stopped",
    ]]);
  }
});
