// What the page works out before it draws.
import { assert, assertEquals } from "@std/assert";
import { rangesText, splitFailures } from "../../../src/report/page/client/failure_section.ts";
import {
  formatCommand,
  formatFigure,
  formatSpan,
  formatTick,
} from "../../../src/report/page/client/figures.ts";
import { layByNode } from "../../../src/report/page/client/node_lanes.ts";
import {
  countLanes,
  findWaits,
  layOut,
  segmentAt,
  toTime,
  toX,
} from "../../../src/report/page/client/lanes.ts";
import { labelColor } from "../../../src/report/page/client/segments.ts";
import { activeWorkers, itemRates } from "../../../src/report/page/client/series.ts";
import { orderAttempts, type TableOrder } from "../../../src/report/page/client/sorting.ts";
import { timeTicks, valueTicks } from "../../../src/report/page/client/ticks.ts";
import { limit, shift, stretch } from "../../../src/report/page/client/zoom.ts";
import { forSeeds } from "../../helpers/random.ts";
import { longRun, MadeUp } from "../made_up.ts";

Deno.test("marks of an axis stand at round figures, and there are not too many", async () => {
  assertEquals(timeTicks({ from: 0, to: 12_500 }, 8), {
    ticks: [0, 2, 4, 6, 8, 10, 12].map((s) => 1000 * s),
    step: 2000,
  });
  assertEquals(timeTicks({ from: 0, to: 45 * 60_000 }, 10).step, 5 * 60_000);
  assertEquals(valueTicks(4, 4), [0, 1, 2, 3, 4]);
  assertEquals(valueTicks(71, 4), [0, 20, 40, 60, 80]);
  assertEquals(valueTicks(0, 4), [0, 1]);
  await forSeeds(300, (random) => {
    const count = 2 + random.integer(12);
    const from = random.next() * 10 ** random.integer(9);
    const to = from + 10 ** (random.next() * 11);
    const { ticks, step } = timeTicks({ from, to }, count);
    assert(ticks.length <= count + 1, `${ticks.length} ticks`);
    assert(ticks.every((at) => at >= from && at <= to));
    assert(step > 0);
    const max = 10 ** (random.next() * 12 - 4);
    const values = valueTicks(max, 4);
    assert(values.length >= 2 && values.length <= 5 && values.at(-1)! >= max * 0.999999);
  });
});

Deno.test("figures are short, and say their unit", () => {
  assertEquals(
    [0, 48.4, 350, 9_999, 59_949, 59_960, 754_000, 3_723_000].map(formatSpan),
    ["0 ms", "48 ms", "0.35 s", "10.0 s", "59.9 s", "1:00", "12:34", "1:02:03"],
  );
  assertEquals([0, 0.05234, 3.4, 1234.6].map(formatFigure), ["0", "0.0523", "3.4", "1,235"]);
  assertEquals([formatTick(250, 50), formatTick(5, 5), formatTick(5000, 1000)], [
    "0.25 s",
    "0.005 s",
    "0:05",
  ]);
  assertEquals(
    formatCommand(["sh", "-c", "echo 'it'", "{start}"]),
    "sh -c 'echo '\\''it'\\''' {start}",
  );
});

const SCALE = { area: { left: 100, top: 0, width: 1000, height: 50 }, span: { from: 0, to: 1000 } };

Deno.test("attempts on several nodes stand in lanes of their nodes, no two above each other", () => {
  const history = new MadeUp()
    .run(0, { ranges: 4, numWorkers: 2 })
    .start(0, [0, 0, 1]).end(250, [0, 0, 1], { reason: "lost: n2", again: true })
    .start(0, [1, 1, 1]).end(300, [1, 1, 1])
    .start(300, [0, 0, 2]).end(400, [0, 0, 2])
    .start(300, [1, 2, 1])
    .history();
  assertEquals(layByNode(history), undefined);
  const nodes = ["n10", "n2", "n2", "n2"];
  const attempts = history.attempts.map((attempt, place) => ({ ...attempt, node: nodes[place]! }));
  const laid = layByNode({ ...history, attempts })!;
  assertEquals(laid.names, ["n2 0", "n2 1", "n10 0"]);
  assertEquals(laid.attempts.map(({ worker }) => worker), [2, 0, 0, 1]);
  const one = layByNode({ ...history, attempts: attempts.map((a) => ({ ...a, node: "n1" })) });
  assertEquals(one, undefined);
});

Deno.test("attempts stand in the lane of their worker, from their start to their end", () => {
  const history = new MadeUp()
    .run(0, { ranges: 3, numWorkers: 2 })
    .start(0, [0, 0, 1]).end(250, [0, 0, 1], { reason: "exit code 1", again: true })
    .start(400, [0, 0, 2])
    .start(0, [1, 1, 1]).end(1000, [1, 1, 1])
    .history();
  const segments = layOut(history, SCALE);
  assertEquals(segments, [
    { place: 0, worker: 0, x: 100, width: 250 },
    { place: 1, worker: 1, x: 100, width: 1000 },
    { place: 2, worker: 0, x: 500, width: 600 },
  ]);
  assertEquals(segmentAt(segments, { worker: 0, x: 349 })?.place, 0);
  assertEquals(segmentAt(segments, { worker: 0, x: 400 }), undefined);
  assertEquals(segmentAt(segments, { worker: 0, x: 498 })?.place, 2, "a little beside it");
  assertEquals(segmentAt(segments, { worker: 1, x: 700 })?.place, 1);
  assertEquals(findWaits(history.attempts), [{ worker: 0, from: 250, to: 400 }]);
  assertEquals(countLanes(history), 2);
  const part = { ...SCALE, span: { from: 300, to: 600 } };
  assertEquals(layOut(history, part).map(({ place }) => place), [1, 2]);
  assert(layOut(history, part).every(({ x, width }) => x >= 100 && x + width <= 1100));
  assertEquals(toTime(toX(450, part), part), 450);
});

Deno.test("workers at work add up to the busy time, in whatever parts", async () => {
  const history = longRun(500, 7).history();
  const busy = history.attempts.reduce((sum, a) => sum + a.endedAt! - a.startedAt, 0);
  await forSeeds(50, (random) => {
    const parts = 1 + random.integer(500);
    const span = { from: 0, to: history.now };
    const { values } = activeWorkers(history, { span, parts });
    const sum = values.reduce((sum, value) => sum + value, 0) * history.now / parts;
    assert(Math.abs(sum - busy) < 1e-3, `${sum} is not ${busy}`);
    assert(values.every((value) => value > -1e-6 && value < 7 + 1e-6));
  });
});

Deno.test("items per second add up to the items, and are never below nothing", () => {
  const history = longRun(500, 7).history();
  const { values, span } = itemRates(history, { from: 0, to: history.now });
  const items = values.reduce((sum, value) => sum + value, 0) * (span.to - span.from) /
    values.length / 1000;
  assert(Math.abs(items - history.doneItems) < 1e-3, `${items} is not ${history.doneItems}`);
  assert(values.every((value) => value >= 0));
});

Deno.test("the table has its rows in order, equal ones as they began", () => {
  const history = longRun(200, 3).history();
  const order = (options: Partial<TableOrder>) =>
    orderAttempts(history, { key: "start", isDescending: false, choice: "all", ...options });
  assertEquals(order({}), history.attempts.map((_, place) => place));
  const times = order({ key: "time", isDescending: true })
    .map((place) => history.attempts[place]!)
    .map(({ startedAt, endedAt }) => endedAt! - startedAt);
  assertEquals(times, times.toSorted((a, b) => b - a));
  const workers = order({ key: "worker" });
  for (let index = 1; index < workers.length; index++) {
    const [a, b] = [workers[index - 1]!, workers[index]!];
    const [before, after] = [history.attempts[a]!.worker, history.attempts[b]!.worker];
    assert(before < after || (before === after && a < b));
  }
  assertEquals(order({ choice: "bad" }).length, 10);
  assertEquals(order({ choice: "open" }).length, 0);
});

Deno.test("failures are apart by whether their range was tried again", () => {
  const history = new MadeUp()
    .run(0, { ranges: 3, numWorkers: 1 })
    .start(0, [0, 0, 1]).end(1, [0, 0, 1], { reason: "exit code 1", again: true })
    .start(2, [0, 0, 2]).end(3, [0, 0, 2], { reason: "exit code 1" })
    .start(4, [0, 1, 1]).end(5, [0, 1, 1], { reason: "exit code 1" })
    .start(6, [0, 2, 1]).end(7, [0, 2, 1], { reason: "exit code 1", again: true })
    .start(8, [0, 2, 2]).end(9, [0, 2, 2])
    .history();
  const { final, retried } = splitFailures(history);
  const texts = (failures: typeof final) =>
    failures.map(({ attempts }) => rangesText(attempts, history));
  assertEquals(texts(final), ["items 0–9, 10–19 (2 ranges), attempts 1, 2"]);
  assertEquals(texts(retried), ["items 0–9, 20–29 (2 ranges), attempt 1"]);
});

Deno.test("a range that another run did is no failure any more", () => {
  const run = new MadeUp()
    .run(0, { ranges: 1, numWorkers: 1 })
    .start(0, [0, 0, 1]).end(1, [0, 0, 1], { reason: "exit code 1" })
    .at(2, { kind: "run-ended" });
  assertEquals(splitFailures(run.history()).final.length, 1);
  run.run(10, { ranges: 1, numWorkers: 1 }).start(11, [0, 0, 2]).end(12, [0, 0, 2]);
  const { final, retried } = splitFailures(run.history());
  assertEquals([final.length, retried.length], [0, 1]);
});

Deno.test("a part of the time stays within the run", () => {
  assertEquals(limit(stretch({ from: 0, to: 100 }, 0.5), 100), { from: 25, to: 75 });
  assertEquals(limit(stretch({ from: 25, to: 75 }, 2), 100), undefined);
  assertEquals(limit(shift({ from: 25, to: 75 }, 5), 100), { from: 50, to: 100 });
  assertEquals(limit(shift({ from: 25, to: 75 }, -5), 100), { from: 0, to: 50 });
});

Deno.test("labels can be read on what they stand on", () => {
  assertEquals(["#000000", "#0b7d5a", "#c2410c"].map(labelColor), Array(3).fill("#ffffff"));
  assertEquals(["#ffffff", "#5aa9d6", "#c98500"].map(labelColor), Array(3).fill("#000000"));
});
