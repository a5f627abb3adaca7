// Pool and gate, alone and in a run.
import { atBestOf } from "../helpers/at_best_of.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Gate, Pool } from "../../src/engine/pool.ts";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { FakeLauncher } from "../helpers/fake_launcher.ts";
import { settle } from "../helpers/fake_clock.ts";
import { ofKind, runJob } from "../helpers/run_job.ts";

/** A pool of workers that end when the test ends them. */
function heldPool(size: number) {
  const ends = new Map<number, PromiseWithResolvers<void>>();
  const pool = new Pool(size, (worker) => {
    const end = Promise.withResolvers<void>();
    ends.set(worker, end);
    return end.promise.finally(() => ends.delete(worker));
  });
  return { pool, ends, running: () => Array.from(ends.keys()).sort() };
}

Deno.test("Pool starts its workers in run(), and resize() starts more", async () => {
  const { pool, ends, running } = heldPool(2);
  assertEquals(running(), []);
  const done = pool.run();
  assertEquals(running(), [0, 1]);
  pool.resize(3);
  assertEquals(running(), [0, 1, 2]);
  for (const { resolve } of ends.values()) resolve();
  await done;
});

Deno.test("Pool wants fewer workers after resize(), and wake() starts those that ended", async () => {
  const { pool, ends, running } = heldPool(3);
  const done = pool.run();
  pool.resize(2);
  assertEquals([0, 1, 2].map((worker) => pool.wants(worker)), [true, true, false]);
  assertEquals(running(), [0, 1, 2]);
  ends.get(0)!.resolve();
  ends.get(2)!.resolve();
  await settle();
  pool.wake();
  assertEquals(running(), [0, 1]);
  for (const { resolve } of ends.values()) resolve();
  await done;
});

Deno.test("Pool starts a worker again that is wanted again while its loop ends", async () => {
  const { pool, ends, running } = heldPool(3);
  const done = pool.run();
  pool.resize(1);
  assert(!pool.wants(2));
  pool.resize(3);
  ends.get(2)!.resolve();
  await settle();
  assertEquals(running(), [0, 1, 2]);
  // One that was wanted all the time has had nothing left to do.
  ends.get(1)!.resolve();
  await settle();
  assertEquals(running(), [0, 2]);
  for (const { resolve } of ends.values()) resolve();
  await done;
});

Deno.test("Pool.run() rejects with the first worker that fails, and settled() waits for the others", async () => {
  const { pool, ends } = heldPool(2);
  const done = pool.run();
  ends.get(1)!.reject(new Error("broken"));
  await assertRejects(() => done, Error, "broken");
  let isSettled = false;
  const settled = pool.settled().then(() => isSettled = true);
  await settle();
  assert(!isSettled);
  ends.get(0)!.resolve();
  await settled;
});

Deno.test("Pool has room for any number of workers, and begins those that have something to do", async () => {
  let begun = 0;
  const ended = Promise.withResolvers<void>();
  const pool = new Pool(1e9, async (_worker, occupied) => {
    begun++;
    if (begun <= 500) occupied(true);
    if (begun === 1_500) setTimeout(ended.resolve, 100);
    await ended.promise;
  });
  const done = pool.run();
  assert(begun <= 100, `${begun} at once`);
  await done;
  // 500 that are occupied, and a thousand that have not begun yet.
  assertEquals(begun, 1_500);
});

Deno.test("Pool begins all workers that wait for each other", async () => {
  let waiting = 0;
  const all = Promise.withResolvers<void>();
  const pool = new Pool(700, async (_worker, occupied) => {
    await Promise.resolve();
    occupied(true);
    if (++waiting === 700) all.resolve();
    await all.promise;
  });
  await pool.run();
  assertEquals(waiting, 700);
});

Deno.test("Pool does not grow while its workers become free faster than it can start others", async () => {
  let begun = 0;
  let left = 300;
  const pool = new Pool(1e9, async (_worker, occupied) => {
    begun++;
    while (left-- > 0) {
      occupied(true);
      // A start of a process that takes long.
      for (const end = performance.now() + 2; performance.now() < end;);
      await new Promise((resolve) => setTimeout(resolve, 0));
      occupied(false);
    }
  });
  await pool.run();
  assert(begun < 300, `${begun} workers`);
});

Deno.test("a run of a thousand million workers starts, and is stopped, in little memory", async () => {
  const launcher = new FakeLauncher(() => ({ lines: [] }));
  const executor = new SubprocessExecutor(
    { totalItems: 1e12, chunkSize: 1, numWorkers: 1e9, gracePeriod: 100 },
    () => ["x"],
    { launcher },
  );
  let spawned = 0;
  const run = executor.start({
    report: ({ kind }) => {
      if (kind === "spawned" && ++spawned === 500) run.stop();
    },
  }, { handleSignals: false });
  const { ok, stopped } = await run.summary;
  assertEquals(ok, false);
  assert(stopped >= 500 && stopped < 5_000, `${stopped}`);
  assert(run.state.workers.length <= 10_000);
});

Deno.test("a run halts after more failures than a state keeps", async () => {
  const exit = { kind: "exited", code: 1 } as const;
  const { summary } = await runJob(
    { totalItems: 2_000, chunkSize: 1, numWorkers: 2, haltOn: { failures: 1_200, how: "drain" } },
    () => ["x"],
    { launcher: new FakeLauncher(() => ({ lines: [], exit })) },
  );
  assertEquals(summary.failures.length, 1_000);
  assert(summary.counts.FAILED >= 1_200 && summary.counts.FAILED < 1_210);
  assertEquals(summary.stoppedBy?.kind, "halt");
});

Deno.test("the twenty-thousandth failure costs about as much as the four-thousandth", async () => {
  await atBestOf(5, async () => {
    const exit = { kind: "exited", code: 1 } as const;
    const times = [performance.now()];
    let failed = 0;
    const executor = new SubprocessExecutor(
      { totalItems: 20_000, chunkSize: 1, numWorkers: 4 },
      () => ["x"],
      { launcher: new FakeLauncher(() => ({ lines: [], exit })) },
    );
    await executor.run({
      report: ({ kind }) => {
        if (kind === "range-ended" && ++failed % 4_000 === 0) times.push(performance.now());
      },
    }, { handleSignals: false });
    const fifths = times.slice(1).map((time, index) => time - times[index]!);
    assert(fifths.at(-1)! < 3 * fifths[0]!, fifths.map(Math.round).join(" "));
  });
});

Deno.test("Gate holds work back while it is closed, and refuses it once the run drains", async () => {
  const draining = new AbortController();
  const gate = new Gate(draining.signal);
  assertEquals(await gate.pass(), true);
  gate.close();
  const passed: boolean[] = [];
  const waiting = gate.pass().then((pass) => passed.push(pass));
  await settle();
  assertEquals([gate.isClosed, passed], [true, []]);
  gate.open();
  await waiting;
  assertEquals(passed, [true]);
  gate.close();
  const refused = gate.pass();
  draining.abort();
  assertEquals([await refused, await gate.pass()], [false, false]);
});

Deno.test("200 workers run at once", async () => {
  const folder = await Deno.makeTempDir();
  try {
    let spawned = 0;
    const { summary } = await runJob(
      { totalItems: 200, numWorkers: 200, timeout: 60_000 },
      () => ["sh", "-c", `until [ -e ${folder}/go ]; do sleep 0.2; done; echo PROGRESS: 1`],
      {
        // No worker ends before all have started.
        onEvent: ({ kind }) => {
          if (kind === "spawned" && ++spawned === 200) Deno.writeTextFileSync(`${folder}/go`, "");
        },
      },
    );
    assertEquals(summary.counts.SUCCESS, 200);
    assertEquals(summary.attempts, 200);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("one worker takes all items in one range", async () => {
  const result = await runJob({ totalItems: 7, numWorkers: 1 }, () => ["true"]);
  assertEquals(ofKind(result, "attempt-started").map((e) => [e.startIndex, e.endIndex]), [[0, 7]]);
  assert(result.summary.ok);
});

Deno.test("a run with 0 items succeeds at once", async () => {
  const { summary, events } = await runJob({ totalItems: 0 }, () => ["false"]);
  assert(summary.ok);
  assertEquals(events.map(({ kind }) => kind), ["run-started", "run-ended"]);
});

Deno.test("there are at most as many workers as items", async () => {
  const result = await runJob({ totalItems: 3, numWorkers: 8 }, () => ["true"]);
  assertEquals(ofKind(result, "run-started")[0]?.numWorkers, 3);
  assertEquals(result.summary.attempts, 3);
});

Deno.test("with chunkSize, a slow range does not keep other workers from taking the next ranges", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // The first range ends after all others; with a fixed share for each worker, it never would.
    const result = await runJob(
      { totalItems: 40, numWorkers: 2, chunkSize: 4, timeout: 30_000 },
      ({ extraData: { range } }) => [
        "sh",
        "-c",
        range === 0
          ? `until [ "$(ls ${folder} | wc -l)" -eq 9 ]; do sleep 0.05; done`
          : `touch ${folder}/${range}`,
      ],
    );
    assert(result.summary.ok);
    const byWorker = Map.groupBy(ofKind(result, "attempt-started"), ({ worker }) => worker);
    assertEquals(byWorker.get(0)?.length, 1);
    assertEquals(byWorker.get(1)?.length, 9);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
