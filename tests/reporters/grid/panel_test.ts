import type { WorkerState } from "@lambdawaker/executor";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { drawPanel } from "../../../src/reporters/grid/panel.ts";
import { encodeRow } from "../../../src/terminal/style.ts";
import { RUNNING } from "../../helpers/running_worker.ts";

function panelOf(
  change: Partial<WorkerState>,
  options: { now?: number; stallTimeout?: number; width?: number } = {},
): string {
  const rows = drawPanel({ ...RUNNING, ...change }, {
    tier: "full",
    width: 50,
    now: 1_010_000,
    ...options,
  });
  return rows.map((row) => encodeRow(row, false)).join("\n");
}

Deno.test("a panel shows CPU and memory of the worker, if they are known", () => {
  assertStringIncludes(panelOf({ usage: { cpu: 1.256, rss: 300 << 20 } }), "CPU 126% 300 MB │");
  assert(!panelOf({}).includes("CPU"));
  const usage = { cpu: 1, rss: 300 << 20, peakRss: 500 << 20 };
  const wide = { width: 70 };
  assertStringIncludes(panelOf({ usage }, wide), "CPU 100% 300 MB (peak 500 MB) │");
  assert(!panelOf({ usage: { ...usage, peakRss: usage.rss } }, wide).includes("peak"));
  // Where there is no room, the peak is left out.
  assert(/CPU 100% 300 MB │/.test(panelOf({ usage })), panelOf({ usage }));
});

Deno.test("a panel shows what an attempt that has ended has used", () => {
  const ended = { endedAt: 1_010_000, status: "SUCCESS" } as const;
  const used = { cpuSeconds: 12.34, peakRss: 2 ** 31 };
  assertStringIncludes(panelOf({ ...ended, used }), "CPU 12 s · peak 2.0 GB │");
  assert(!panelOf({ ...ended, usage: { cpu: 1, rss: 2 ** 20 } }).includes("CPU"));
});

Deno.test("a panel warns of a worker that printed a signal and is quiet since", () => {
  const quiet = "! quiet for 0:30: at work";
  assertStringIncludes(panelOf({ signAt: 1_000_000 }, { now: 1_030_000 }), quiet);
  assert(!panelOf({ signAt: 1_000_000 }, { now: 1_029_000 }).includes("quiet"));
  assert(
    !panelOf({}, { now: 2_000_000 }).includes("quiet"),
    "a worker that never printed a signal",
  );
  const early = panelOf({ signAt: 1_000_000 }, { now: 1_005_000, stallTimeout: 10_000 });
  assertStringIncludes(early, "! quiet for 0:05: at work");
});

Deno.test("a panel names the GPU of its worker, cut if it is a long id", () => {
  assertStringIncludes(panelOf({ gpu: "2" }), "worker 3 gpu 2 ─");
  assertStringIncludes(panelOf({ gpu: "MIG-c6d4f1ef-42e4-5de3-91c7" }), "gpu MIG-c6d4f1e…");
  assert(!panelOf({}).includes("gpu"));
});

Deno.test("a panel shows the share of an item that a program reports", () => {
  const text = panelOf({ progress: 0, share: 0.5, total: 1 });
  assertStringIncludes(text, "0/1  50%");
  assertStringIncludes(text, "━");
  assertStringIncludes(text, "ETA 0:10");
});

Deno.test("a panel names an item that is a string", () => {
  const text = panelOf({
    extraData: { startIndex: 3, endIndex: 4, range: 3, items: ["a.txt"] },
  });
  assertStringIncludes(text, "item 3 (a.txt)");
});

Deno.test("a panel warns of a worker that is slower than the others", () => {
  assertStringIncludes(panelOf({ slowBeside: 2_000 }), "! slow, others take 0:02: at work");
});

Deno.test("the note of a retry on a line leaves out what the status says beside it", () => {
  const waiting: WorkerState = {
    ...RUNNING,
    status: "RETRYING",
    retryAt: 1_004_200,
    cause: { kind: "command", message: "again and again" },
  };
  const [row] = drawPanel(waiting, { tier: "line", width: 50, now: 1_000_000 });
  assertEquals(encodeRow(row!, false).trim(), "#3 RETRYING in 5 s: again and again");
  assertStringIncludes(panelOf(waiting, { now: 1_000_000 }), "again in 5 s: again and again");
});

Deno.test("a panel shows the reason why a range waits", () => {
  assertStringIncludes(
    panelOf({ status: "PENDING", waitsFor: "waits for others to end" }),
    "PENDING",
  );
  assertStringIncludes(panelOf({ waitsFor: "waits for others" }), "waits for others");
});

Deno.test("a panel names the node of its worker, in every tier", () => {
  const title = (tier: "full" | "compact" | "line") =>
    encodeRow(
      drawPanel({ ...RUNNING, node: "n2" }, { tier, width: 40, now: 1_010_000 })[0]!,
      false,
    );
  assertEquals(title("full"), "╭ worker 3 @n2 ─────────────── RUNNING ╮");
  assertEquals(title("compact").slice(0, 15), "#3 @n2 RUNNING ");
  assertEquals(title("line").slice(0, 15), "#3 @n2 RUNNING ");
});

/** A resident worker whose process is 4:12 old at 1,010 s. */
const RESIDENT: WorkerState = {
  ...RUNNING,
  process: { number: 2, startedAt: 1_010_000 - 252_000, ranges: 25 },
};

type Tier = "full" | "compact" | "line";

function processRow(tier: Tier, width: number, change: Partial<WorkerState> = {}): string {
  const rows = drawPanel({ ...RESIDENT, ...change }, { tier, width, now: 1_010_000 });
  return encodeRow(rows.at(tier === "full" ? -1 : 0)!, false);
}

const PROCESS_ROWS: [tier: Tier, width: number, row: string][] = [
  ["full", 38, "╰─ 4:12 old · 25 ranges ─────────────╯"],
  ["full", 26, "╰─ 4:12 old · 25 ranges ─╯"],
  ["full", 25, "╰─ 4:12 old ────────────╯"],
  ["full", 13, "╰───────────╯"],
  ["compact", 58, "#3 RUNNING items 0–49  4:12 old · 25 ranges · attempt 1/2"],
  ["compact", 55, "#3 RUNNING items 0–49              4:12 old · 25 ranges"],
  ["compact", 41, "#3 RUNNING items 0–49          attempt 1/2"],
  [
    "line",
    96,
    "#3 RUNNING  ━━━━━━━━────────────   40% 4:12 old  25 ranges   at work",
  ],
  ["line", 95, "#3 RUNNING  ━━━━━━━━────────────   40% 4:12 old  at work"],
  ["line", 71, "#3 RUNNING  ━━━━━━━━────────────   40% at work"],
];

for (const [tier, width, row] of PROCESS_ROWS) {
  Deno.test(`a ${tier} panel of ${width} columns shows of a resident process what fits`, () => {
    const text = processRow(tier, width);
    assert(text.length <= width);
    assertEquals(text.replace(/ {3,}/g, "  "), row.replace(/ {3,}/g, "  "));
  });
}

Deno.test("a compact panel of a second attempt names the attempt, before the ranges of its process", () => {
  const text = processRow("compact", 50, { attempt: 2 });
  assertEquals(text.replace(/ {2,}/, "  "), "#3 RUNNING items 0–49  4:12 old · attempt 2/2");
});

Deno.test("the age of a resident process stops at the end of its worker's last range", () => {
  const endedAt = 1_000_000;
  assertStringIncludes(processRow("full", 60, { status: "SUCCESS", endedAt }), "4:02 old");
  const waiting = { status: "RETRYING", endedAt, retryAt: 1_020_000 } as const;
  assertStringIncludes(processRow("full", 60, waiting), "4:12 old");
});
