import { INITIAL_STATE, type RunState } from "@lambdawaker/executor/events";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { drawFrame } from "../../../src/reporters/grid/frame.ts";
import { byUrgency } from "../../../src/reporters/grid/urgency.ts";
import { FIRST_VIEW, type View } from "../../../src/reporters/grid/view.ts";
import { PanelCache } from "../../../src/reporters/grid/panel_cache.ts";
import { arrangePanels } from "../../../src/reporters/grid/layout.ts";
import { encodeRow, rowWidth } from "../../../src/terminal/style.ts";
import { forSeeds, Random } from "../../helpers/random.ts";
import { RANDOM_STATE_NOW, randomState } from "../../helpers/random_state.ts";
import { RUNNING } from "../../helpers/running_worker.ts";

function draw(state: RunState, width: number, height: number, view?: View): string[] {
  const { rows } = drawFrame(state, {
    view,
    hasKeys: view !== undefined,
    title: "Title",
    width,
    height,
    now: RANDOM_STATE_NOW,
  });
  assert(rows.length <= height, `${rows.length} rows of ${height}`);
  for (const row of rows) assert(rowWidth(row) <= width, `${rowWidth(row)} columns of ${width}`);
  return rows.map((row) => encodeRow(row, false));
}

/** Returns the numbers of the workers that a frame shows. */
function shownWorkers(rows: string[]): Set<number> {
  const found = rows.flatMap((row) => [
    ...row.matchAll(/╭[ >]worker (\d+) /g),
    ...row.matchAll(/(?:^| )[#>](\d+) +(?:[A-Z]+|…)/g),
  ]);
  return new Set(found.map(([, index]) => Number(index)));
}

Deno.test("drawFrame() shows or counts every worker, in no row too wide, at any size", async () => {
  await forSeeds(300, (random) => {
    const workers = random.integer(random.pick([3, 20, 200, 2000]));
    const state = { ...randomState(random, workers), lastLog: undefined };
    const [width, height] = [1 + random.integer(250), 1 + random.integer(80)];
    const rows = draw(state, width, height);
    if (width < 23 || height < 3) return;
    const more = Number(/… \+(\d+) more/.exec(rows.join("\n"))?.[1] ?? 0);
    assertEquals(shownWorkers(rows).size + more, workers, rows.join("\n"));
  });
});

Deno.test("drawFrame() fits every view, at any size", async () => {
  await forSeeds(300, (random) => {
    const state = randomState(random, random.integer(random.pick([3, 20, 200])));
    const flag = () => random.integer(2) === 1;
    const view = { failures: flag(), log: flag(), help: flag() };
    const [width, height] = [1 + random.integer(250), 1 + random.integer(80)];
    const rows = draw(state, width, height, view);
    if (width < 40 || height < 40 || state.workers.length === 0) return;
    const text = rows.join("\n");
    assertEquals(text.includes("log of worker "), view.log);
    assertEquals(text.includes("finish running ranges"), view.help);
  });
});

Deno.test("no text of a worker is outside of its panel", async () => {
  await forSeeds(100, (random) => {
    const workers = 1 + random.integer(30);
    const state = { ...randomState(random, workers), lastLog: undefined };
    const rows = draw(state, 38 + random.integer(200), 80);
    for (const row of rows) {
      // There are only spaces between and beside panels.
      if (row.startsWith("│")) assert(/^(│[^│]*│ ?)+$/.test(row), row);
    }
  });
});

Deno.test("a low frame names the keys if a row is free, and always shows a notice", () => {
  const workers = [0, 1, 2].map((index) => ({ ...RUNNING, index }));
  const state: RunState = { ...INITIAL_STATE, totalItems: 3, ranges: 3, workers };
  const hint = "q finish · Arrows choose · ? help · Ctrl-C stop";
  const roomy = draw(state, 50, 12, FIRST_VIEW);
  assertEquals([roomy.length, roomy.at(-1)], [7, hint]);
  const full = draw(state, 50, 6, FIRST_VIEW);
  assertEquals([full.length, full.filter((row) => row.includes("RUNNING")).length], [6, 3]);
  assert(!full.includes(hint), full.join("\n"));
  const told = draw(state, 50, 6, { ...FIRST_VIEW, notice: "no pager" });
  assertEquals([told.length, told.at(-1)], [6, "! no pager"]);
});

const SIZES: [width: number, height: number, workers: number, tier: string, columns: number][] = [
  [79, 23, 4, "full", 2],
  [79, 23, 6, "full", 2],
  [79, 23, 7, "compact", 2],
  [79, 23, 12, "compact", 2],
  [79, 23, 16, "line", 1],
  [79, 23, 24, "line", 2],
  [99, 29, 4, "full", 2],
  [99, 29, 8, "full", 2],
  [199, 49, 16, "full", 4],
  [199, 49, 4, "full", 4],
  [199, 49, 6, "full", 3],
  [199, 49, 35, "full", 5],
  [199, 49, 60, "compact", 6],
  [199, 49, 300, "line", 7],
  [37, 60, 4, "compact", 1],
  [28, 60, 4, "line", 1],
];

for (const [width, height, workers, tier, columns] of SIZES) {
  Deno.test(`arrangePanels() of ${workers} workers at ${width}×${height}: ${columns} columns of ${tier} panels`, () => {
    const layout = arrangePanels({ workers, width, height: height - 4 });
    assertEquals([layout.tier, layout.columns, layout.shown], [tier, columns, workers]);
  });
}

Deno.test("arrangePanels() takes fewer columns if that leaves the panels uncut", () => {
  const layoutAt = (uncut: number, workers = 4) => {
    const { tier, columns, panelWidth } = arrangePanels({
      workers,
      width: 199,
      height: 45,
      uncutWidth: () => uncut,
    });
    return { tier, columns, panelWidth };
  };
  assertEquals(layoutAt(49), { tier: "full", columns: 4, panelWidth: 49 });
  assertEquals(layoutAt(50), { tier: "full", columns: 2, panelWidth: 99 });
  assertEquals(layoutAt(100), { tier: "full", columns: 1, panelWidth: 100 });
  // If no number of columns leaves them uncut, the panels are as wide as all of them allow.
  assertEquals(layoutAt(100, 16), { tier: "full", columns: 3, panelWidth: 65 });
});

Deno.test("a run of one item each has one line per worker, with the name of its item and its time", () => {
  const worker = (index: number, item: string) => ({
    ...RUNNING,
    index,
    progress: 0,
    total: 1,
    startedAt: RANDOM_STATE_NOW - 65_000,
    extraData: { startIndex: index, endIndex: index + 1, range: index, items: [item] },
  });
  const state: RunState = {
    ...INITIAL_STATE,
    totalItems: 9,
    ranges: 9,
    workers: [worker(0, "a.jpg"), worker(1, "b.jpg")],
  };
  const rows = draw(state, 50, 24);
  assert(rows.includes("#0 RUNNING   1:05 a.jpg at work"), rows.join("\n"));
  assert(rows.includes("#1 RUNNING   1:05 b.jpg at work"), rows.join("\n"));
  // A program that tells its progress within the item is shown with it.
  const shared = { ...state, workers: [{ ...worker(0, "a.jpg"), share: 0.5 }] };
  const line = "#0 RUNNING   50%  1:05 a.jpg at work";
  assert(draw(shared, 50, 24).includes(line), draw(shared, 50, 24).join("\n"));
});

Deno.test("the layout of a run does not go back when its panels need less room", () => {
  const message = "m".repeat(60);
  const state: RunState = { ...randomState(new Random(1), 4), gridCols: undefined };
  const cache = new PanelCache();
  const rowsOf = (text: string) => {
    const workers = state.workers.map((worker) => ({
      ...RUNNING,
      index: worker.index,
      message: text,
    }));
    const options = { title: "T", width: 199, height: 49, now: RANDOM_STATE_NOW, cache };
    return drawFrame({ ...state, workers }, options).rows.length;
  };
  const before = rowsOf("");
  const wide = rowsOf(message);
  assert(wide > before, `${before}, ${wide}`);
  assertEquals(rowsOf(""), wide);
});

Deno.test("arrangePanels() uses the columns that are asked for, as far as they fit", () => {
  assertEquals(arrangePanels({ workers: 8, width: 199, height: 45, gridCols: 2 }).columns, 2);
  assertEquals(arrangePanels({ workers: 8, width: 79, height: 45, gridCols: 4 }).columns, 2);
  assertEquals(arrangePanels({ workers: 1, width: 199, height: 45, gridCols: 4 }).columns, 1);
});

Deno.test("arrangePanels() leaves the last row for the number of hidden workers", () => {
  assertEquals(arrangePanels({ workers: 100, width: 79, height: 10 }).shown, 27);
});

Deno.test("drawFrame() shows the most urgent workers first if not all fit", () => {
  const state = randomState(new Random(7), 200);
  const rows = draw(state, 79, 15);
  const shown = [...shownWorkers(rows)].map((index) => state.workers[index]!);
  assert(shown.length > 10);
  const isUrgent = ({ retryAt, status }: typeof shown[number]) =>
    retryAt !== undefined || status === "FAILED" || status === "CRASHED";
  assert(shown.every(isUrgent), shown.map(({ status }) => status).join());
  assert(state.workers.filter(isUrgent).length > shown.length);
  assertStringIncludes(rows.join("\n"), `… +${200 - shown.length} more (`);
});

Deno.test("drawFrame() is one line under 24×4", () => {
  const state = randomState(new Random(1), 4);
  assertEquals(draw(state, 22, 40).length, 1);
  assertEquals(draw(state, 80, 2).length, 1);
  assertStringIncludes(draw(state, 60, 2)[0]!, "%");
});

Deno.test("drawFrame() keeps no control character of a worker's text", async () => {
  await forSeeds(50, (random) => {
    const rows = draw(randomState(random, 12), 120, 50);
    for (const row of rows) assert(!/\p{Cc}|\p{Bidi_Control}/u.test(row), JSON.stringify(row));
  });
});

Deno.test("a panel shows status, range, attempt, bar, pace and message", () => {
  const state = randomState(new Random(1), 1);
  const worker = {
    ...state.workers[0]!,
    status: "RUNNING" as const,
    progress: 12,
    share: undefined,
    slowBeside: undefined,
    total: 50,
    message: "cat.png",
    attempt: 2,
    extraData: { startIndex: 0, endIndex: 50, range: 0 },
    startedAt: RANDOM_STATE_NOW - 6000,
    endedAt: undefined,
    retryAt: undefined,
    cause: undefined,
  };
  assertEquals(draw({ ...state, workers: [worker], gridCols: undefined }, 40, 12).slice(2, 8), [
    "╭ worker 0 ─────────────────── RUNNING ╮",
    "│ items 0–49               attempt 2/3 │",
    "│ ━━━━━━─────────────────── 12/50  24% │",
    "│ 0:06 · 2.0/s · ETA 0:19              │",
    "│ cat.png                              │",
    "╰──────────────────────────────────────╯",
  ]);
  const waiting = {
    ...worker,
    status: "RETRYING" as const,
    endedAt: 1,
    retryAt: RANDOM_STATE_NOW + 4200,
    cause: { kind: "exit", code: 3 } as const,
  };
  const rows = draw({ ...state, workers: [waiting], gridCols: undefined }, 40, 12);
  assertStringIncludes(rows.join("\n"), "again in 5 s: exit code 3");
});

Deno.test("the header counts parts of items, and shows no ETA if the total is not known", () => {
  const worker = { ...RUNNING, total: 1, progress: 0, share: 0.5 };
  const state: RunState = {
    ...{ ...INITIAL_STATE, totalItems: 4, ranges: 4, workers: [worker, worker], doneItems: 1 },
    startedAt: RANDOM_STATE_NOW - 10_000,
    pace: { points: [{ t: RANDOM_STATE_NOW - 10_000, settled: 0 }], checkedAt: 0 },
  };
  assertStringIncludes(draw(state, 100, 20)[0]!, "50% 2/4 0:10 ETA 0:10 0.2/s");
  const open = draw({ ...state, isTotalKnown: false, areRangesKnown: false, pending: 2 }, 100, 20);
  assertStringIncludes(open[0]!, "Title  2/4+ 0:10 0.2/s");
  assertStringIncludes(open.join("\n"), "2 pending, more to come");
});

Deno.test("the chosen worker is seen wherever it is in the order, and the others are counted", async () => {
  await forSeeds(100, (random) => {
    const workers = 1 + random.integer(random.pick([3, 20, 200]));
    const state = { ...randomState(random, workers), lastLog: undefined };
    const order = byUrgency(state.workers, { now: RANDOM_STATE_NOW }).map(({ index }) => index);
    const worker = random.integer(workers);
    const view = { ...FIRST_VIEW, selection: { worker, order } };
    const rows = draw(state, 40 + random.integer(160), 12 + random.integer(60), view);
    const text = rows.join("\n");
    assert(new RegExp(`(>|╭>worker )${worker}\\b`).test(text), text);
    const more = Number(/… \+(\d+) more/.exec(text)?.[1] ?? 0);
    assertEquals(shownWorkers(rows).size + more, workers, text);
  });
});

Deno.test("no text is cut while half of the screen is empty", async () => {
  await forSeeds(200, (random) => {
    const workers = 1 + random.integer(random.pick([4, 24]));
    const message = "m".repeat(20 + random.integer(60));
    const [width, height] = [100 + random.integer(100), 24 + random.integer(40)];
    const state: RunState = {
      ...INITIAL_STATE,
      totalItems: 50 * workers,
      ranges: workers,
      workers: Array.from({ length: workers }, (_, index) => ({ ...RUNNING, index, message })),
    };
    const rows = draw(state, width, height);
    const isCut = rows.some((row) => row.includes("…"));
    assert(!isCut || rows.length > height / 2, `${width}×${height}\n${rows.join("\n")}`);
  });
});

Deno.test("a message that is longer than any panel should be is shown whole if there is room", () => {
  const message = "m".repeat(150);
  const state: RunState = {
    ...INITIAL_STATE,
    totalItems: 50,
    ranges: 1,
    workers: [{ ...RUNNING, message }],
  };
  assertStringIncludes(draw(state, 199, 49).join("\n"), message);
});

Deno.test("a line has a bar if there is room and the worker tells its progress", () => {
  const one = {
    ...RUNNING,
    total: 1,
    progress: 0,
    share: 0.5,
    startedAt: RANDOM_STATE_NOW - 5_000,
  };
  const state: RunState = { ...INITIAL_STATE, totalItems: 9, ranges: 9, workers: [one] };
  assertStringIncludes(
    draw(state, 79, 24).join("\n"),
    "#3 RUNNING  ━━━━━━━━━━──────────  50%  0:05 item 0 at work",
  );
  assertStringIncludes(
    draw({ ...state, workers: [{ ...one, share: undefined }] }, 79, 24).join("\n"),
    "#3 RUNNING   0:05 item 0 at work",
  );
  assertStringIncludes(draw(state, 50, 24).join("\n"), "#3 RUNNING   50%  0:05 item 0 at work");
});

Deno.test("one failure of 200 is one column of the bar in red, and the rest is not", () => {
  const state: RunState = {
    ...INITIAL_STATE,
    totalItems: 200,
    ranges: 200,
    doneItems: 99,
    counts: { ...INITIAL_STATE.counts, SUCCESS: 99, FAILED: 1 },
  };
  const [header] = drawFrame(state, { title: "T", width: 100, height: 20, now: 1 }).rows;
  const widthOf = (style: string) =>
    header!.filter((span) => /[━─]/.test(span.text) && span.style === style)
      .reduce((sum, { text }) => sum + text.length, 0);
  assertEquals(widthOf("red"), 1);
  assertEquals(widthOf("cyan"), 29);
  assertEquals(widthOf("dim"), 30);
});
