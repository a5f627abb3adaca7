import { assert, assertEquals, assertMatch } from "@std/assert";
import { estimate, INITIAL_STATE, type RunState } from "@lambdawaker/executor/events";
import type { WorkerState } from "@lambdawaker/executor";
import { HistoryBuilder } from "../../../src/report/history/history_builder.ts";
import { drawCounts, drawNodes, drawProgress } from "../../../src/reporters/grid/header.ts";
import type { Row } from "../../../src/terminal/style.ts";

const text = (row: Row) => row.map((span) => span.text).join("").trimEnd();

function worker(index: number, node?: string, endedAt?: number): WorkerState {
  return {
    index,
    status: endedAt === undefined ? "RUNNING" : "FINISHED",
    progress: 0,
    total: 10,
    message: "",
    attempt: 1,
    maxAttempt: 1,
    extraData: { startIndex: 0, endIndex: 10, range: 0 },
    startedAt: 0,
    endedAt,
    node,
    log: [],
  };
}

const state = (workers: WorkerState[]): RunState => ({ ...INITIAL_STATE, workers });

Deno.test("drawNodes() shows the number of running workers of each node", () => {
  const workers = [worker(0, "n10"), worker(1, "n2"), worker(2, "n2"), worker(3, "n3", 5)];
  assertEquals(drawNodes(state(workers), { width: 60 }).map(text), ["nodes: n2 2 · n3 0 · n10 1"]);
});

Deno.test("drawNodes() shows nothing for one node, or for this machine alone", () => {
  assertEquals(drawNodes(state([worker(0, "n1"), worker(1, "n1")]), { width: 60 }), []);
  assertEquals(drawNodes(state([worker(0), worker(1)]), { width: 60 }), []);
});

Deno.test("drawNodes() counts the nodes without room", () => {
  const workers = Array.from({ length: 40 }, (_, index) => worker(index, `n${index}`));
  const [row] = drawNodes(state(workers), { width: 40 });
  assertEquals(text(row!), "nodes: n0 1 · n1 1 · n2 1 · +37 more");
});

Deno.test("no key is cut in the row of counts: what holds up new ranges is one word if there is no room", () => {
  const counts = { ...INITIAL_STATE.counts, SUCCESS: 6_000, FAILED: 20, CRASHED: 1 };
  const busy: RunState = {
    ...{ ...INITIAL_STATE, totalItems: 50_000, ranges: 20_000 },
    ...{ counts, pending: 10_000, retries: 30 },
  };
  const stopping = { how: "stop", cause: { kind: "signal", signal: "SIGINT" } } as const;
  const whole = (change: Partial<RunState>, width: number) =>
    text(drawCounts({ ...busy, ...change }, { width, now: 0 }));
  assertEquals(
    whole({ isPaused: true }, 120),
    "ranges: 10000 pending · 6000 done · 20 failed · 1 crashed · 30 retries  paused: no new ranges start (p resumes)",
  );
  assertEquals(
    whole({ isPaused: true }, 79),
    "ranges: 10000 pending · 6000 done · 20 failed · 1 crashed  paused",
  );
  assertEquals(
    whole({ stopping }, 79),
    "ranges: 10000 pending · 6000 done · 20 failed · 1 crashed  stopping",
  );
  for (let width = 70; width < 130; width++) {
    const row = whole({ stopping }, width);
    assertEquals(row.includes("(Ctrl-C"), row.includes("(Ctrl-C to kill them)"), row);
  }
});

/** Returns the state of a run in which some ranges have ended. */
function ended({ ranges, totalItems, done, failed }: Record<string, number>): RunState {
  return {
    ...INITIAL_STATE,
    ...{ ranges: ranges!, totalItems: totalItems!, doneItems: done! * totalItems! / ranges! },
    counts: { SUCCESS: done!, FINISHED: 0, FAILED: failed!, CRASHED: 0 },
  };
}

Deno.test("drawProgress() shows the ETA and the rate that estimate() has, and takes no other", () => {
  const state = {
    ...ended({ ranges: 10, totalItems: 100, done: 2, failed: 0 }),
    pace: { points: [{ t: 0, settled: 0 }], checkedAt: 0 },
  };
  assertEquals(estimate(state, 10_000), { rate: 2, eta: 40_000 });
  const row = text(drawProgress(state, { title: "Job", width: 80, now: 10_000 }));
  assertMatch(row, / 20% 20\/100 0:10 ETA 0:40 2\.0\/s$/);
  const pages = new HistoryBuilder();
  pages.add({ v: 2, t: 10_000, kind: "run-paused" }, state);
  const { rate, eta } = pages.history(10_000);
  assertEquals({ rate, eta }, estimate(state, 10_000), "the live page");
});

Deno.test("drawProgress() shows one failure of 200 as a red segment, and not as a red bar", () => {
  const state = ended({ ranges: 200, totalItems: 200, done: 100, failed: 1 });
  const row = drawProgress(state, { title: "Job", width: 80, now: 10_000 });
  const parts = row.filter(({ text }) => text.startsWith("━"));
  assertEquals(parts.map(({ style }) => style), ["cyan", "red"]);
  assertEquals(parts[1]!.text, "━");
  assert(parts[0]!.text.length > 20);
});

Deno.test("drawCounts() counts items where each range has one, and ranges elsewhere", () => {
  const counts = (totalItems: number) =>
    text(drawCounts(ended({ ranges: 5, totalItems, done: 2, failed: 1 }), { width: 80, now: 0 }));
  assertEquals(counts(5), "items: 2 done · 1 failed");
  assertEquals(counts(50), "ranges: 2 done · 1 failed");
});
