import { assert, assertEquals } from "@std/assert";
import { INITIAL_STATE, reduce, type RunState, summarize } from "@lambdawaker/executor/events";
import { PlainReporter, type RunEvent, SubprocessExecutor } from "@lambdawaker/executor";
import { QuietReporter, SummaryReporter } from "@lambdawaker/executor/reporters";
import { drawSummary } from "../../src/reporters/summary.ts";
import { encodeRow } from "../../src/terminal/style.ts";

function summaryOf(
  state: RunState,
  options: { records?: () => string[]; rerun?: () => string; outputHint?: string; width?: number } =
    {},
): string[] {
  return drawSummary(state, { title: "Job", ...options }).map((row) => encodeRow(row, false));
}

/** Returns the state of a run in which each worker had one range of ten items, and the given ones crashed. */
function run(numWorkers: number, crashed: readonly number[], more: object[] = []): RunState {
  const bodies: object[] = [
    {
      kind: "run-started",
      runId: "r",
      totalItems: 10 * numWorkers,
      ranges: numWorkers,
      numWorkers,
      maxRetries: 0,
    },
  ];
  for (let worker = 0; worker < numWorkers; worker++) {
    const ref = { worker, range: worker, attempt: 1 };
    const [startIndex, endIndex] = [10 * worker, 10 * worker + 10];
    const isCrashed = crashed.includes(worker);
    const end = isCrashed
      ? { status: "CRASHED", cause: { kind: "exit", code: 1 } }
      : { status: "SUCCESS" };
    const nextIndex = isCrashed ? startIndex : endIndex;
    bodies.push({ ...ref, kind: "attempt-started", startIndex, endIndex });
    bodies.push({ ...ref, kind: "attempt-ended", progress: 0, ...end });
    bodies.push({ ...ref, kind: "range-ended", startIndex, endIndex, nextIndex, ...end });
  }
  return [...bodies, ...more, { kind: "run-ended" }]
    .map((body, t) => ({ v: 2, t: 1000 + t, ...body }) as RunEvent)
    .reduce(reduce, INITIAL_STATE);
}

Deno.test("the summary has the failures, then the totals as the last line", () => {
  assertEquals(summaryOf(run(2, [1])), [
    "CRASHED items 10–19 after 1 attempt: exit code 1",
    "",
    "Job: 1 done · 1 failed (1 crashed) of 2 ranges · 10 of 20 items done · 0.0 s · 1429 items/s",
  ]);
  assertEquals(summaryOf(run(1, [])), [
    "Job: 1 done of 1 range · 10 of 10 items done · 0.0 s · 2500 items/s",
  ]);
});

Deno.test("the summary shows counters and the reason of the stop", () => {
  const ref = { worker: 0, range: 0, attempt: 2 };
  const lines = summaryOf(run(1, [], [
    {
      ...ref,
      kind: "attempt-ended",
      status: "SUCCESS",
      progress: 0,
      malformed: 1,
      anomalies: 2,
      droppedBytes: 3,
      forcedKills: 1,
    },
    { ...ref, kind: "leaked", forced: true },
    { kind: "warning", text: "the disk is full\x1b[2J" },
    { kind: "run-stopping", how: "drain", cause: { kind: "halt", failures: 1 } },
  ]));
  assertEquals(lines.filter((line) => line.startsWith("! ")), [
    "! stopped after 1 failure",
    "! 1 line with a known prefix and a value that does not parse",
    "! 2 times progress, which counts items, went backwards or past its range, or an answer named another range",
    "! 3 bytes dropped from log lines longer than 64 KiB (not from output and results)",
    "! 1 attempt left processes behind",
    "! 2 attempts had to be killed (SIGKILL)",
    "! executor doctor -- <command…> explains what is wrong with such lines",
    "! the disk is full",
  ]);
});

Deno.test("the totals are in items where each range has one", () => {
  const { failures: _failures, ...state } = run(1, []);
  const items = {
    ...{
      ...state,
      failures: [],
      ranges: 63,
      totalItems: 63,
      doneItems: 60,
      endedAt: state.startedAt,
    },
    counts: { SUCCESS: 50, FINISHED: 10, FAILED: 2, CRASHED: 1 },
  };
  assertEquals(summaryOf(items).at(-1), "Job: 60 done · 3 failed (1 crashed) of 63 items · 0.0 s");
  const resumed = { counts: { SUCCESS: 40, FINISHED: 0 }, doneItems: 40 };
  assertEquals(
    summaryOf({ ...items, resumed, counts: { SUCCESS: 63, FINISHED: 0, FAILED: 0, CRASHED: 0 } }),
    ["Job: 63 done (40 before) of 63 items · 0.0 s"],
  );
});

Deno.test("the totals count what was stopped and what was not started, and neither is a failure", () => {
  const before = run(3, []);
  const state: RunState = {
    ...before,
    ...{ pending: 5, ranges: 8, totalItems: 8, doneItems: 1, retries: 2 },
    endedAt: before.startedAt + 83_000,
    counts: { ...before.counts, SUCCESS: 1 },
    workers: before.workers.map((worker, index) =>
      index === 0 ? worker : { ...worker, status: "PENDING", cause: { kind: "stopped" } }
    ),
    stopping: { how: "stop", cause: { kind: "signal", signal: "SIGINT" } },
  };
  assertEquals(summaryOf(state), [
    "! stopped by SIGINT",
    "Job: 1 done · 2 stopped · 5 not started of 8 items · 1:23 · 0.7 items/min · 2 retries",
  ]);
});

Deno.test("the totals leave out figures that do not fit, the least important first", () => {
  const state = { ...run(2, [1]), retries: 3 };
  const totals = (width: number) => summaryOf(state, { width }).at(-1);
  const counts = "Job: 1 done · 1 failed (1 crashed) of 2 ranges";
  const items = `${counts} · 10 of 20 items done`;
  assertEquals(totals(100), `${items} · 0.0 s · 1429 items/s`);
  assertEquals(totals(80), `${items} · 0.0 s`);
  assertEquals(totals(75), items);
  assertEquals(totals(20), counts);
});

Deno.test("the totals say that a list was not read to its end", () => {
  const state = {
    ...{ ...run(1, []), ranges: 9, totalItems: 9, doneItems: 4, pending: 4, chunkSize: 1 },
    ...{ areRangesKnown: false, endedAt: 1_000, counts: run(4, []).counts },
  };
  assertEquals(
    summaryOf({ ...state, isTotalKnown: false }).at(-1),
    "Job: 4 done · 4 not started of 9 items (not all were read) · 0.0 s",
  );
  assertEquals(
    summaryOf({ ...state, totalItems: 100 }).at(-1),
    "Job: 4 done · 96 not started of 100 items · 0.0 s",
  );
});

Deno.test("how to run the rest again comes before the totals, after warnings, if there is a rest", () => {
  const rerun = () => "executor resume 'my run.jsonl'\x1b[2J";
  const lines = summaryOf(run(2, [1], [{ kind: "warning", text: "hm" }]), { rerun });
  assertEquals(lines.slice(-4, -1), [
    "",
    "! hm",
    "to run again what was not done: executor resume 'my run.jsonl'",
  ]);
  assertEquals(lines.at(-1)!.slice(0, 4), "Job:");
  assertEquals(summaryOf(run(2, []), { rerun }).length, 1);
});

Deno.test("neighbours that printed the same share their log, and each has its line", () => {
  assertEquals(summaryOf(run(30, [2, 3, 7])).slice(0, -2), [
    "CRASHED items 20–29 after 1 attempt: exit code 1",
    "CRASHED items 30–39 after 1 attempt: exit code 1",
    "CRASHED items 70–79 after 1 attempt: exit code 1",
  ]);
  const state = failed([0, 1, 2]);
  const failures = state.failures.map((failure, index) => ({
    ...failure,
    ...(index < 2 && { log: ["disk full"] }),
    ...(index < 2 && { logFile: `logs/range-${index}` }),
  }));
  assertEquals(summaryOf({ ...state, failures }).slice(0, -2), [
    "CRASHED item 0 after 1 attempt: exit code 1",
    "CRASHED item 1 after 1 attempt: exit code 2",
    "  │ disk full",
    "  ╰ logs/range-0 and 1 more",
    "",
    "CRASHED item 2 after 1 attempt: exit code 3",
    "  │ line of 2",
  ]);
});

Deno.test("a failure has its items, its last message, and the item at which each attempt ended", () => {
  const state = failed([5]);
  const failure = {
    ...state.failures[0]!,
    ...{ startIndex: 5, endIndex: 7, items: ["a.png", "b.png"], attempts: 3 },
    ...{ message: "resizing", suspect: { index: 6, item: "b.png" } },
  };
  assertEquals(
    summaryOf({ ...state, failures: [failure] })[0],
    "CRASHED items 5–6 (a.png …) after 3 attempts: exit code 6, each time at item 6 (b.png) – resizing",
  );
});

/** Returns the state of a run whose ranges have failed in this order, each with another exit code. */
function failed(ranges: readonly number[]): RunState {
  const state = run(1, [0]);
  const [failure] = state.failures;
  const failures = ranges.slice(0, 1_000).map((range) => ({
    ...failure!,
    range,
    startIndex: range,
    endIndex: range + 1,
    cause: { kind: "exit", code: range + 1 } as const,
    log: [`line of ${range}`],
  }));
  return { ...state, failures, counts: { ...state.counts, CRASHED: ranges.length } };
}

Deno.test("ten failures are shown, in the order of the items, and what has the others is named", () => {
  const ranges = Array.from({ length: 300 }, (_, index) => 299 - index);
  const lines = summaryOf(failed(ranges), {
    records: () => ["run.html", "logs", "run.jsonl"],
  });
  const shown = lines.filter((line) => line.startsWith("CRASHED item"));
  assertEquals(shown.map((line) => /item (\d+)/.exec(line)![1]), [..."0123456789"]);
  assertEquals(lines.filter((line) => line.includes("│ line of")).length, 10);
  assertEquals(lines.at(-3), "… and 290 more: run.html, logs, run.jsonl");
});

Deno.test("if nothing has the other failures, the summary names the options for that", () => {
  const lines = summaryOf(failed(Array.from({ length: 3_000 }, (_, index) => index)));
  assertEquals(
    lines.at(-3),
    "… and 2990 more (--report, --log-dir or --journal would have them)",
  );
});

Deno.test("the summary shows twenty warnings, and counts the others", () => {
  const state = { ...run(1, []), warnings: Array(1_000).fill("hm"), omittedWarnings: 5 };
  const lines = summaryOf(state).filter((line) => line.startsWith("! "));
  assertEquals([lines.length, lines.at(-1)], [21, "! … and 985 more warnings"]);
});

Deno.test("the logs of ten failures have a hundred lines at most, and none of them a long one", () => {
  const state = failed([...Array(10).keys()]);
  const failures = state.failures.map((failure, range) => ({
    ...failure,
    log: Array.from({ length: 20 }, (_, line) => `${line} of ${range} ${"x".repeat(900)}`),
  }));
  const lines = summaryOf({ ...state, failures }).filter((line) => line.startsWith("  │ "));
  assertEquals(lines.length, 100);
  assertEquals(lines.at(-1)!.slice(0, 12), "  │ 19 of 9 ");
  assert(lines.every((line) => line.length <= 310));
  const few = { ...state, failures: failures.slice(0, 2) };
  assertEquals(summaryOf(few).filter((line) => line.startsWith("  │ ")).length, 40);
});

Deno.test("lines that were printed and not shown are counted once, before the totals", () => {
  const outputHint = "--output ordered";
  const printed = { ...run(1, []), logLines: 3 };
  assertEquals(
    summaryOf(printed, { outputHint })[0],
    "workers printed 3 lines, not shown: --output ordered",
  );
  assertEquals(summaryOf(printed).length, 1);
  assertEquals(summaryOf(run(1, []), { outputHint }).length, 1);
  // Those of failures that are shown do not count.
  const state = { ...failed([0, 1]), logLines: 2 };
  assert(!summaryOf(state, { outputHint }).some((line) => line.includes("not shown")));
  assert(
    summaryOf({ ...state, logLines: 3 }, { outputHint }).includes(
      "workers printed 1 line, not shown: --output ordered",
    ),
  );
});

Deno.test("a command to run again may be known at the end of the run only", async () => {
  let text = "";
  const terminal = { write: (part: string) => Promise.resolve(void (text += part)) };
  let journal: string | undefined;
  for (const Reporter of [PlainReporter, SummaryReporter, QuietReporter]) {
    text = "";
    journal = undefined;
    const rerun = () => journal && `executor resume ${journal}`;
    const reporter = new Reporter({ title: "Job", color: "never", terminal, rerun });
    const executor = new SubprocessExecutor({ totalItems: 1 }, () => ["false"]);
    await executor.run([reporter, { report: () => void (journal = "run.jsonl") }]);
    const lines = text.trimEnd().split("\n");
    assertEquals(lines.at(-2), "to run again what was not done: executor resume run.jsonl");
    assertEquals(lines.at(-1)!.slice(0, 4), "Job:");
  }
});

Deno.test("the summary names the item that had the most memory, if that is much", () => {
  const attempt = (range: number, item: string, peakRss: number) => {
    const ref = { worker: 0, range, attempt: 1 };
    const span = { startIndex: range, endIndex: range + 1, items: [item] };
    return [
      { ...ref, kind: "attempt-started", ...span },
      {
        ...{ ...ref, kind: "attempt-ended", status: "SUCCESS", progress: 1 },
        usage: { cpuSeconds: 1.5, peakRss },
      },
    ];
  };
  const much = run(1, [], [
    ...attempt(5, "a.png", 300 << 20),
    ...attempt(6, "b.png", 2 ** 31),
    ...attempt(7, "c.png", 1),
  ]);
  assertEquals(summaryOf(much)[0], "most memory: item 6 (b.png), 2.0 GB");
  const { cpuSeconds, largest } = summarize(much);
  assertEquals([cpuSeconds, largest?.range, largest?.firstItem], [4.5, 6, "b.png"]);
  assert(!summaryOf(run(1, [], attempt(5, "a.png", 200 << 20))).join().includes("memory"));
});

Deno.test("the summary names the largest item, however small, if a range ran out of memory", () => {
  const ref = { worker: 0, range: 0, attempt: 2 };
  const [startIndex, endIndex] = [0, 10];
  const end = { status: "CRASHED", cause: { kind: "out-of-memory", by: "kernel" } };
  const state = run(1, [0], [
    { ...ref, kind: "attempt-started", startIndex, endIndex },
    { ...ref, kind: "attempt-ended", progress: 0, ...end, usage: { cpuSeconds: 0, peakRss: 5e6 } },
    { ...ref, kind: "range-ended", startIndex, endIndex, nextIndex: 0, ...end },
  ]);
  assert(summaryOf(state).includes("most memory: items 0–9, 5 MB"), summaryOf(state).join("\n"));
});

Deno.test("the summary names no largest item if another one was ended at a limit above that", () => {
  const ref = { worker: 0, attempt: 1 };
  const [small, ended] = [{ ...ref, range: 0 }, { ...ref, range: 1 }];
  const cause = { kind: "out-of-memory", by: "limit", limit: 2 ** 30 };
  const state = run(1, [0, 0], [
    { ...small, kind: "attempt-started", startIndex: 0, endIndex: 1 },
    {
      ...{ ...small, kind: "attempt-ended", status: "SUCCESS", progress: 1 },
      usage: { cpuSeconds: 0, peakRss: 300 << 20 },
    },
    { ...ended, kind: "attempt-started", startIndex: 1, endIndex: 2 },
    { ...ended, kind: "attempt-ended", status: "CRASHED", cause, progress: 0 },
    {
      ...{ ...ended, kind: "range-ended", status: "CRASHED", cause },
      ...{ startIndex: 1, endIndex: 2, nextIndex: 1 },
    },
  ]);
  assert(!summaryOf(state).join().includes("most memory"), summaryOf(state).join("\n"));
});
