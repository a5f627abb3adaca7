import { assertEquals } from "@std/assert";
import { INITIAL_STATE, reduce } from "@lambdawaker/executor/events";
import type { RunEvent, RunState } from "@lambdawaker/executor";
import { drawSummary } from "../../src/reporters/summary.ts";
import { encodeRow } from "../../src/terminal/style.ts";

function summaryOf(state: RunState, records?: string[]): string[] {
  return drawSummary(state, { title: "Job", width: 200, records }).map((row) =>
    encodeRow(row, false)
  );
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

Deno.test("the summary has a line per worker, and counts", () => {
  assertEquals(summaryOf(run(2, [1])).filter((line) => !line.startsWith("Job")), [
    "SUCCESS  worker 0   items 0–9           attempt 1   0:00",
    "CRASHED  worker 1   items 10–19         attempt 1   0:00  exit code 1",
    "ranges: 1 done · 1 crashed",
    "",
    "CRASHED items 10–19 after 1 attempt: exit code 1",
  ]);
});

Deno.test("from twelve workers on, those that ended well share a line", () => {
  const lines = summaryOf(run(12, [3]));
  assertEquals(lines[0]?.slice(0, 17), "CRASHED  worker 3");
  assertEquals(lines[1], "11 workers ended well");
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
    "! 2 times progress went backwards or past its range: it counts items",
    "! 3 bytes dropped from lines longer than 64 KiB",
    "! 1 attempt left processes behind",
    "! 2 attempts had to be killed (SIGKILL)",
    "! executor doctor -- <command…> explains what is wrong with such lines",
    "! the disk is full",
  ]);
});

Deno.test("the summary counts ranges that were not started", () => {
  const state = { ...run(2, []), pending: 5, ranges: 7 };
  assertEquals(summaryOf(state).at(-1), "ranges: 5 not started · 2 done");
});

Deno.test("failures that differ only in their range share their lines, neighbours joined", () => {
  const lines = summaryOf(run(30, [2, 3, 4, 7, 9, 11, 13, 15, 17, 19, 21, 23]));
  assertEquals(
    lines.at(-1),
    "CRASHED items 20–49, 70–79, 90–99, 110–119, 130–139, 150–159, 170–179, 190–199, … (12 ranges) " +
      "after 1 attempt: exit code 1",
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
    cause: { kind: "exit", code: range } as const,
    log: [`line of ${range}`],
  }));
  return { ...state, failures, counts: { ...state.counts, CRASHED: ranges.length } };
}

Deno.test("ten failures are shown, in the order of the items, and what has the others is named", () => {
  const ranges = Array.from({ length: 300 }, (_, index) => 299 - index);
  const lines = summaryOf(failed(ranges), ["run.html", "logs", "run.jsonl"]);
  const shown = lines.filter((line) => line.startsWith("CRASHED item"));
  assertEquals(shown.map((line) => /item (\d+)/.exec(line)![1]), [..."0123456789"]);
  assertEquals(lines.filter((line) => line.includes("│ line of")).length, 10);
  assertEquals(lines.at(-1), "… and 290 more: run.html, logs, run.jsonl");
});

Deno.test("if nothing has the other failures, the summary names the options for that", () => {
  const lines = summaryOf(failed(Array.from({ length: 3_000 }, (_, index) => index)));
  assertEquals(
    lines.at(-1),
    "… and 2990 more (--report, --log-dir or --journal would have them)",
  );
});

Deno.test("the summary shows twenty warnings, and counts the others", () => {
  const state = { ...run(1, []), warnings: Array(1_000).fill("hm"), omittedWarnings: 5 };
  const lines = summaryOf(state).filter((line) => line.startsWith("! "));
  assertEquals([lines.length, lines.at(-1)], [21, "! … and 985 more warnings"]);
});
