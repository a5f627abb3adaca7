import { assert, assertEquals } from "@std/assert";
import { countWorkers } from "../../../../src/report/history/history.ts";
import {
  findWaits,
  layLanes,
  layOut,
  segmentAt,
} from "../../../../src/report/page/client/lanes.ts";
import { type Scale, toTime, toX } from "../../../../src/report/page/client/scale.ts";
import { MadeUp } from "../../made_up.ts";

const SCALE: Scale = {
  area: { left: 100, top: 0, width: 1000, height: 50 },
  span: { from: 0, to: 1000 },
};

Deno.test("attempts on several nodes have lanes by node, and those of a lane do not overlap", () => {
  const history = new MadeUp()
    .run(0, { ranges: 4, numWorkers: 2 })
    .start(0, [0, 0, 1]).end(250, [0, 0, 1], {
      cause: { kind: "lost", message: "n2" },
      again: true,
    })
    .start(0, [1, 1, 1]).end(300, [1, 1, 1])
    .start(300, [0, 0, 2]).end(400, [0, 0, 2])
    .start(300, [1, 2, 1])
    .history();
  const byWorker = ["worker 0", "worker 1"];
  assertEquals(layLanes(history).names, byWorker);
  const nodes = ["n10", "n2", "n2", "n2"];
  const attempts = history.attempts.map((attempt, index) => ({ ...attempt, node: nodes[index]! }));
  const laid = layLanes({ ...history, attempts });
  assertEquals(laid.names, ["n2 0", "n2 1", "n10 0"]);
  assertEquals(laid.attempts.map(({ worker }) => worker), [2, 0, 0, 1]);
  const one = layLanes({ ...history, attempts: attempts.map((a) => ({ ...a, node: "n1" })) });
  assertEquals(one.names, byWorker);
});

Deno.test("segments are in the lane of their worker, from start to end of their attempt", () => {
  const history = new MadeUp()
    .run(0, { ranges: 3, numWorkers: 2 })
    .start(0, [0, 0, 1]).end(250, [0, 0, 1], { cause: { kind: "exit", code: 1 }, again: true })
    .start(400, [0, 0, 2])
    .start(0, [1, 1, 1]).end(1000, [1, 1, 1])
    .history();
  const segments = layOut(history.attempts, { now: history.now, scale: SCALE });
  assertEquals(segments, [
    { index: 0, lane: 0, x: 100, width: 250 },
    { index: 1, lane: 1, x: 100, width: 1000 },
    { index: 2, lane: 0, x: 500, width: 600 },
  ]);
  assertEquals(segmentAt(segments, { lane: 0, x: 349 })?.index, 0);
  assertEquals(segmentAt(segments, { lane: 0, x: 400 }), undefined);
  assertEquals(segmentAt(segments, { lane: 0, x: 498 })?.index, 2, "a little beside it");
  assertEquals(segmentAt(segments, { lane: 1, x: 700 })?.index, 1);
  assertEquals(findWaits(history.attempts), [{ lane: 0, from: 250, to: 400 }]);
  assertEquals(countWorkers(history), 2);
  const part = { ...SCALE, span: { from: 300, to: 600 } };
  const visible = layOut(history.attempts, { now: history.now, scale: part });
  assertEquals(visible.map(({ index }) => index), [1, 2]);
  assert(visible.every(({ x, width }) => x >= 100 && x + width <= 1100));
  assertEquals(toTime(toX(450, part), part), 450);
});
