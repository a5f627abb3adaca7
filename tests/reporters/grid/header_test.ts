import { assertEquals } from "@std/assert";
import { INITIAL_STATE } from "@lambdawaker/executor/events";
import type { RunState, WorkerState } from "@lambdawaker/executor";
import { drawCounts, drawNodes } from "../../../src/reporters/grid/header.ts";
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
    text(drawCounts({ ...busy, ...change }, { width }));
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
