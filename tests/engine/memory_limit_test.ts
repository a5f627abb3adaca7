// The limit of memory of a worker, and retries of what ran out of memory: with real hogs, and with processes that say so.
import type { TaskConfig } from "@lambdawaker/executor";
import type { Launcher, WorkerProcess } from "@lambdawaker/executor/launchers";
import { LocalLauncher } from "@lambdawaker/executor/launchers";
import { assert, assertEquals } from "@std/assert";
import { atBestOf } from "../helpers/at_best_of.ts";
import { FakeLauncher } from "../helpers/fake_launcher.ts";
import { withFolder } from "../helpers/journal.ts";
import { LINUX, needs, POSIX, testWith } from "../helpers/needs.ts";
import { ofKind, runJob, runScript } from "../helpers/run_job.ts";
import { runResident } from "../helpers/run_resident.ts";

const HOG = new URL("../fixtures/memory_hog.py", import.meta.url).pathname;
const BY_LIMIT = { kind: "out-of-memory", by: "limit", limit: 80 * 2 ** 20 } as const;
const LIMIT: Partial<TaskConfig> = { memory: "80M", gracePeriod: 2_000 };
const NEEDS = needs(LINUX, "python3");

testWith("a worker that has more memory than its limit is ended", NEEDS, async () => {
  const result = await runScript(`exec python3 ${HOG} 200 60000`, LIMIT);
  const [end] = ofKind(result, "attempt-ended");
  assertEquals([end?.status, end?.cause, end?.memory], ["CRASHED", BY_LIMIT, BY_LIMIT.limit]);
  assert(end!.usage!.peakRss > BY_LIMIT.limit, `${end!.usage!.peakRss}`);
  assertEquals(result.summary.largest?.peakRss, end!.usage!.peakRss);
});

testWith("a worker below its limit is not", NEEDS, async () => {
  const result = await runScript(`exec python3 ${HOG} 20 400`, LIMIT);
  assertEquals([result.summary.ok, ofKind(result, "attempt-ended")[0]?.memory], [
    true,
    BY_LIMIT.limit,
  ]);
});

testWith(
  "the limit holds for all processes of a worker together, also in sessions of their own",
  needs(LINUX, "python3", "setsid"),
  async () => {
    const hog = `python3 ${HOG} 50 60000`;
    const result = await runScript(`setsid ${hog} & ${hog} & wait; wait`, LIMIT);
    assertEquals(result.summary.failures.map(({ cause }) => cause), [BY_LIMIT]);
  },
);

testWith("a worker that does not end when it is asked to is killed", NEEDS, async () => {
  const script = `trap '' TERM; python3 ${HOG} 200 60000 & while :; do wait; done`;
  const { summary } = await runScript(script, { ...LIMIT, gracePeriod: 300 });
  assertEquals(summary.failures.map(({ cause }) => cause), [BY_LIMIT]);
  assertEquals(summary.forcedKills, 1);
});

testWith("a range that exceeded the limit is tried again if that is wanted", NEEDS, async () => {
  const script = `[ $EXECUTOR_ATTEMPT = 2 ] || exec python3 ${HOG} 200 60000`;
  for (const [retryOn, attempts] of [["out-of-memory", 2], ["timeout", 1]] as const) {
    const config = { ...LIMIT, maxRetries: 1, retryDelay: 0, retryOn: [retryOn] };
    const { summary } = await runScript(script, config);
    assertEquals([summary.attempts, summary.ok], [attempts, attempts === 2], retryOn);
  }
});

testWith(
  "a resident worker that has more than the limit fails the range that it is at",
  NEEDS,
  async () => {
    const script = `[ "$start" = 2 ] && python3 ${HOG} 200 60000; :`;
    const result = await runResident(script, LIMIT);
    assertEquals(result.summary.failures.map(({ cause, startIndex }) => [startIndex, cause]), [
      [2, BY_LIMIT],
    ]);
    assertEquals(result.summary.counts.SUCCESS, 2);
  },
);

testWith(
  "a range of a resident worker of more than a second has a usage of its own",
  NEEDS,
  async () => {
    const script =
      `case $start in 0) ms=200 ;; 2) ms=1500 ;; *) ms=0 ;; esac; python3 ${HOG} 30 $ms`;
    await atBestOf(3, async () => {
      const result = await runResident(script);
      const [first, long, short] = ofKind(result, "attempt-ended").map(({ usage }) => usage);
      // That of the first range is that of the process so far.
      assert(first!.cpuSeconds < 1, JSON.stringify(first));
      assert(Math.abs(long!.cpuSeconds - 1.5) < 0.5, JSON.stringify(long));
      assert(long!.peakRss > 30 << 20, JSON.stringify(long));
      assertEquals(short, undefined);
    });
  },
);

testWith("a limit that nothing can keep is a warning", needs(POSIX), async () => {
  const local = new LocalLauncher();
  const launcher: Launcher = {
    launch(command) {
      const process = local.launch(command) as WorkerProcess;
      const { pid, stdout, stderr, status } = process;
      const kill = (signal: Deno.Signal) => process.kill(signal);
      return { pid, stdout, stderr, status, kill, groupIsAlive: () => process.groupIsAlive() };
    },
  };
  await withFolder(async (folder) => {
    const isIt = (text: string) => text.includes("limit of memory");
    const { summary } = await runScript(`until [ -e ${folder}/go ]; do sleep 0.1; done`, {
      ...LIMIT,
      timeout: 60_000,
    }, {
      launcher,
      onEvent: (event) => {
        if (event.kind === "warning" && isIt(event.text)) {
          Deno.writeTextFileSync(`${folder}/go`, "");
        }
      },
    });
    assertEquals(summary.ok, true);
    assertEquals(summary.warnings.filter(isIt).length, 1);
  });
});

/** Launcher of processes of which some are killed by the kernel for want of memory, in their first attempt. */
function killing(isKilled: (item: string) => boolean): Launcher {
  const launcher = new FakeLauncher(({ args: [item, attempt] }) =>
    attempt === "1" && isKilled(item!)
      ? { lines: [], exit: { kind: "signaled", signal: "SIGKILL" } }
      : { lines: [], exit: { kind: "exited", code: 0 } }
  );
  return {
    launch: (command) =>
      Object.assign(launcher.launch(command), {
        memoryKill: () => ({ by: "kernel", isLikely: true } as const),
        used: () => ({ cpuSeconds: 1, peakRss: 2 ** 50 }),
      }),
  };
}

Deno.test("ranges that ran out of memory are tried again one after the other, when no other one runs", async () => {
  const running = new Set<number>();
  const together: number[] = [];
  const result = await runJob(
    { totalItems: 12, chunkSize: 1, numWorkers: 4, maxRetries: 1, retryDelay: 0 },
    ({ attempt, extraData }) => ["x", `${extraData.startIndex}`, `${attempt}`],
    {
      launcher: killing((item) => Number(item) % 2 === 0),
      onEvent: (event) => {
        if (event.kind === "spawned") running.add(event.range);
        if (event.kind === "spawned" && event.attempt === 2) together.push(running.size);
        if (event.kind === "attempt-ended") running.delete(event.range);
      },
    },
  );
  assertEquals([result.summary.ok, result.summary.attempts], [true, 18]);
  assertEquals(together, Array.from({ length: 6 }, () => 1));
  const causes = ofKind(result, "attempt-ended").flatMap(({ cause }) => cause ?? []);
  assertEquals(causes[0], { kind: "out-of-memory", by: "kernel", isLikely: true });
});

Deno.test("a range that waits for memory is PENDING again if the run is stopped", async () => {
  const control = new AbortController();
  const fake = killing((item) => item === "0");
  const hanging = new FakeLauncher(() => ({ lines: [] }));
  const launcher: Launcher = {
    launch: (command) => (command.args[0] === "0" ? fake : hanging).launch(command),
  };
  const result = await runJob(
    { totalItems: 2, chunkSize: 1, numWorkers: 2, maxRetries: 1, retryDelay: 0 },
    ({ attempt, extraData }) => ["x", `${extraData.startIndex}`, `${attempt}`],
    {
      launcher,
      signal: control.signal,
      onEvent: ({ kind }) => kind === "launch-delayed" && control.abort(),
    },
  );
  assertEquals([result.summary.stopped, result.summary.failures], [2, []]);
  assertEquals(ofKind(result, "launch-delayed").map(({ reason }) => reason), [
    "waits for others to end: it ran out of memory",
  ]);
});
