// Ranges that the program cancels: each is FAILED as cancelled, whatever it was doing, and the others go on.
import {
  ConfigError,
  type RunEvent,
  type RunHandle,
  SubprocessExecutor,
  type TaskConfig,
} from "@lambdawaker/executor";
import { isWaiting } from "@lambdawaker/executor/events";
import { Journal } from "@lambdawaker/executor/journal";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { LaunchError, LocalLauncher } from "@lambdawaker/executor/launchers";
import { LINUX, needs, testWith } from "../helpers/needs.ts";
import { processesWith, uniqueMark, until } from "../helpers/processes.ts";
import { runJob } from "../helpers/run_job.ts";
import { runResident } from "../helpers/run_resident.ts";

let handle: RunHandle | undefined;

/** Runs a job of one-item ranges, and calls `onEvent` with the handle of the run. */
async function runWithHandle(
  script: (range: number) => string,
  onEvent: (event: RunEvent, run: RunHandle) => void,
  config: Partial<TaskConfig> = {},
): ReturnType<typeof runJob> {
  return await runJob(
    { totalItems: 3, numWorkers: 1, chunkSize: 1, maxRetries: 2, ...config },
    ({ extraData: { range } }) => ["sh", "-c", script(range)],
    { onControl: (run) => void (handle = run), onEvent: (event) => onEvent(event, handle!) },
  );
}

function endOf(range: number, events: readonly RunEvent[]) {
  const ends = events.filter((event) => event.kind === "range-ended" && event.range === range);
  assertEquals(ends.length, 1, `one end of range ${range}`);
  return ends[0] as RunEvent & { kind: "range-ended" };
}

function startsOf(range: number, events: readonly RunEvent[], kind: "spawned" | "attempt-started") {
  return events.filter((event) => event.kind === kind && event.range === range).length;
}

const CANCELLED = { status: "FAILED", cause: { kind: "cancelled" } } as const;

function outcome({ status, cause }: RunEvent & { kind: "range-ended" }) {
  return { status, cause };
}

Deno.test("a range that runs is asked to end, is FAILED as cancelled, and is not tried again", async () => {
  const { summary, events } = await runWithHandle(
    (range) =>
      range === 1
        ? "trap 'echo STATUS: SUCCESS; exit 0' TERM; echo MESSAGE: here; while :; do sleep 0.05; done"
        : ":",
    (event, run) => event.kind === "message" && run.cancel(1),
  );
  assertEquals(outcome(endOf(1, events)), CANCELLED);
  assertEquals(startsOf(1, events, "attempt-started"), 1);
  assertEquals([summary.counts.SUCCESS, summary.exitCode, summary.stoppedBy], [2, 1, undefined]);
  assertEquals(summary.failures.map(({ range, cause }) => [range, cause]), [
    [1, { kind: "cancelled" }],
  ]);
});

Deno.test("a cancelled worker that does not end is killed after the grace period", async () => {
  const { summary, events } = await runWithHandle(
    (range) => range === 0 ? "trap '' TERM; echo MESSAGE: here; while :; do sleep 0.05; done" : ":",
    (event, run) => event.kind === "message" && run.cancel(0),
    { gracePeriod: 200 },
  );
  assertEquals(outcome(endOf(0, events)), CANCELLED);
  assertEquals([summary.forcedKills, summary.counts.SUCCESS], [1, 2]);
});

Deno.test("a range that waits for its retry ends at once", async () => {
  const startedAt = performance.now();
  const { events, state, summary } = await runWithHandle(
    (range) => range === 0 ? "echo cannot read; exit 3" : ":",
    (event, run) => event.kind === "retry-scheduled" && run.cancel(0),
    { retryDelay: 60_000 },
  );
  assert(performance.now() - startedAt < 30_000);
  assertEquals(outcome(endOf(0, events)), CANCELLED);
  assertEquals(startsOf(0, events, "spawned"), 1);
  // There was one attempt, whose lines are kept.
  assertEquals(startsOf(0, events, "attempt-started"), 1);
  assertEquals(summary.failures.map(({ attempts, log }) => [attempts, log]), [
    [1, ["cannot read"]],
  ]);
  assertEquals([summary.retries, state.workers.filter(isWaiting)], [0, []]);
});

Deno.test("a range that waits for its retry keeps what it has safely done, once", async () => {
  const { state } = await runWithHandle(
    () => "echo PROGRESS: 3; exit 7",
    (event, run) => event.kind === "retry-scheduled" && run.cancel(0),
    { totalItems: 10, chunkSize: 10, retryFrom: "checkpoint", retryDelay: 60_000 },
  );
  assertEquals([state.doneItems, state.failedItems], [3, 7]);
});

Deno.test("a range whose resident worker has done others meanwhile is cancelled as what it is", async () => {
  let isWaiting = false;
  // On a machine that is too busy to send ranges ahead, no other range ends.
  let stopWaiting = () => {};
  const { state, summary, events } = await runResident(
    // By then, ranges are sent ahead.
    '[ "$start" != 40 ] || answer FAILED',
    { totalItems: 80, maxRetries: 1, retryDelay: 60_000 },
    {
      onControl: (run) => void (handle = run),
      onEvent: ({ kind }) => {
        isWaiting ||= kind === "retry-scheduled";
        if (kind === "retry-scheduled") {
          const timer = setTimeout(() => handle!.cancel(20), 10_000);
          stopWaiting = () => clearTimeout(timer);
        }
        if (isWaiting && kind === "range-ended") handle!.cancel(20);
      },
    },
  );
  stopWaiting();
  assertEquals(outcome(endOf(20, events)), CANCELLED);
  assertEquals([state.doneItems, state.failedItems, state.pending], [78, 2, 0]);
  assertEquals([state.postponed, summary.counts.SUCCESS], [[], 39]);
});

Deno.test("a range that has not begun ends without a process when its turn comes", async () => {
  const { summary, events } = await runWithHandle(
    () => ":",
    (event, run) => event.kind === "run-started" && run.cancel(2),
  );
  assertEquals(outcome(endOf(2, events)), CANCELLED);
  assertEquals(startsOf(2, events, "spawned"), 0);
  assertEquals([summary.counts.SUCCESS, summary.doneItems], [2, 2]);
});

Deno.test("a range that waits for its retry in a pause ends at once", async () => {
  let hasEnded = false;
  const { events } = await runWithHandle(
    (range) => range === 0 ? "exit 3" : ":",
    (event, run) => {
      if (event.kind === "retry-scheduled") {
        run.pause();
        setTimeout(() => run.cancel(0));
      }
      if (event.kind === "range-ended" && event.range === 0) {
        hasEnded = run.state.isPaused;
        run.continue();
      }
    },
    { retryDelay: 1 },
  );
  assert(hasEnded, "the range ended during the pause");
  assertEquals(outcome(endOf(0, events)), CANCELLED);
  assertEquals(startsOf(0, events, "attempt-started"), 1);
});

Deno.test("a range whose retry waits for its turn ends at once", async () => {
  const startedAt = performance.now();
  const { events } = await runWithHandle(
    () => "exit 3",
    (event, run) => event.kind === "starts-held" && run.cancel(0),
    { totalItems: 1, retryDelay: 1, startDelay: 60_000 },
  );
  assert(performance.now() - startedAt < 30_000);
  assertEquals(outcome(endOf(0, events)), CANCELLED);
  assertEquals(startsOf(0, events, "attempt-started"), 1);
});

Deno.test("a range that is cancelled while it waits for its turn leaves the turn to others", async () => {
  const { events, summary } = await runWithHandle(
    (range) => range === 0 ? "exit 3" : ":",
    (event, run) => event.kind === "starts-held" && run.cancel(0),
    { totalItems: 2, retryDelay: 1, startDelay: 1_500 },
  );
  assertEquals(outcome(endOf(0, events)), CANCELLED);
  assertEquals(startsOf(0, events, "attempt-started"), 1);
  assertEquals(summary.counts.SUCCESS, 1);
});

Deno.test("a range whose command never comes ends at once", async () => {
  const { events, summary } = await runJob(
    { totalItems: 2, numWorkers: 2, maxRetries: 2 },
    ({ extraData: { range } }) => {
      if (range === 1) return ["true"];
      handle!.cancel(0);
      return new Promise(() => {});
    },
    { onControl: (run) => void (handle = run) },
  );
  assertEquals(outcome(endOf(0, events)), CANCELLED);
  assertEquals([startsOf(0, events, "spawned"), summary.counts.SUCCESS], [0, 1]);
});

Deno.test("a range whose launch waits for room ends at once", async () => {
  const launcher = {
    launch() {
      throw new LaunchError("no files", { exhausted: true });
    },
  };
  const { events } = await runJob({ totalItems: 1, maxRetries: 2 }, () => ["true"], {
    launcher,
    onControl: (run) => void (handle = run),
    onEvent: ({ kind }) => kind === "launch-delayed" && setTimeout(() => handle!.cancel(0)),
  });
  assertEquals(outcome(endOf(0, events)), CANCELLED);
});

for (const resident of [false, true]) {
  const what = resident ? "a resident worker" : "a process";
  Deno.test(`the launch of ${what} that does not answer is given up, and what comes late is killed`, async () => {
    const mark = uniqueMark();
    const local = new LocalLauncher();
    const ended = Promise.withResolvers<void>();
    const launched = Promise.withResolvers<unknown>();
    const { events } = await runJob(
      { totalItems: 1, maxRetries: 2, gracePeriod: 50, resident },
      () => {
        setTimeout(() => handle!.cancel(0));
        return ["sh", "-c", "sleep 60; :", mark];
      },
      {
        launcher: {
          async launch(command) {
            await ended.promise;
            const process = local.launch(command);
            launched.resolve(process.status);
            return process;
          },
        },
        onControl: (run) => void (handle = run),
        onEvent: ({ kind }) => kind === "range-ended" && ended.resolve(),
      },
    );
    assertEquals(outcome(endOf(0, events)), CANCELLED);
    assertEquals(await launched.promise, { kind: "signaled", signal: "SIGKILL" });
    await until(() => processesWith(mark).length === 0, "its group is gone");
    assertEquals(startsOf(0, events, "spawned"), 0);
  });
}

Deno.test("a range that has ended stays as it is", async () => {
  const { summary } = await runWithHandle(
    () => ":",
    (event, run) => event.kind === "range-ended" && run.cancel(event.range),
  );
  assert(summary.ok);
});

Deno.test("a range is cancelled by one of its items, whether it runs or has not begun", async () => {
  let handle: RunHandle | undefined;
  const events: RunEvent[] = [];
  const executor = new SubprocessExecutor(
    { items: ["a", "b", "c", "d"], numWorkers: 1 },
    ({ item }) => ["sh", "-c", item === "b" ? "echo MESSAGE: here; exec sleep 60" : ":"],
  );
  const summary = await executor.run({
    control: (run) => void (handle = run),
    report: (event) => {
      events.push(event);
      if (event.kind !== "message") return;
      handle!.cancel({ item: "d" });
      handle!.cancel({ item: "b" });
      handle!.cancel({ item: "not there" });
    },
  }, { handleSignals: false });
  assertEquals([1, 3].map((range) => outcome(endOf(range, events))), [CANCELLED, CANCELLED]);
  assertEquals(startsOf(3, events, "spawned"), 0);
  assertEquals([summary.counts.SUCCESS, summary.counts.FAILED], [2, 2]);
  const asked = events.filter((event) => event.kind === "cancel-requested");
  assertEquals(asked.map(({ item }) => item), ["d", "b", "not there"]);
});

Deno.test("a range of numbers is cancelled by a number in it", async () => {
  let handle: RunHandle | undefined;
  const { summary } = await runJob(
    { totalItems: 9, numWorkers: 1, chunkSize: 3 },
    ({ extraData: { range } }) => ["sh", "-c", range === 0 ? "echo MESSAGE: here" : ":"],
    {
      onControl: (run) => void (handle = run),
      onEvent: (event) => event.kind === "message" && handle!.cancel({ item: 4 }),
    },
  );
  assertEquals(summary.failures.map(({ range }) => range), [1]);
});

Deno.test("cancel() refuses what is no number of a range", async () => {
  const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["true"]);
  const run = executor.start([], { handleSignals: false });
  for (const range of [-1, 0.5, NaN, "0", null, {}, { item: -1 }]) {
    assertThrows(
      () => run.cancel(range as number),
      ConfigError,
      "Cannot cancel the range as range must be a non-negative integer, or an item as in { item: 3 }: current value is",
    );
  }
  await run.summary;
});

Deno.test("a resumed run tries a cancelled range again", async () => {
  const path = `${await Deno.makeTempDir()}/run.jsonl`;
  const job = { totalItems: 2, numWorkers: 1, chunkSize: 1 };
  const script = "echo MESSAGE: here; [ $EXECUTOR_ATTEMPT = 2 ] || sleep 0.2";
  const executor = new SubprocessExecutor(job, () => ["sh", "-c", script]);
  const first = executor.start([], { handleSignals: false, journal: new Journal(path) });
  first.cancel(1);
  assertEquals((await first.summary).counts.FAILED, 1);
  const journal = new Journal(path, { resume: true });
  const second = await executor.run([], { handleSignals: false, journal });
  assertEquals([second.ok, second.doneItems], [true, 2]);
});

testWith(
  "a cancelled range leaves nothing behind, not even in a session of its own",
  needs(LINUX, "setsid"),
  async () => {
    const path = `${await Deno.makeTempDir()}/pid`;
    const { events } = await runWithHandle(
      (range) =>
        range === 0
          ? `setsid sh -c 'echo $$ >${path}; exec sleep 300' & while [ ! -s ${path} ]; do sleep 0.02; done; echo MESSAGE: here; wait`
          : ":",
      (event, run) => event.kind === "message" && run.cancel(0),
    );
    assertEquals(outcome(endOf(0, events)), CANCELLED);
    const pid = Number(await Deno.readTextFile(path));
    await until(() => {
      try {
        return /^State:\tZ/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
      } catch {
        return true;
      }
    }, "the process in another session is gone");
  },
);
