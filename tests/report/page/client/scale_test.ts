import { assert, assertEquals } from "@std/assert";
import {
  limit,
  shift,
  stretch,
  timeTicks,
  valueTicks,
} from "../../../../src/report/page/client/scale.ts";
import { forSeeds } from "../../../helpers/random.ts";

Deno.test("ticks are round numbers, and not too many", async () => {
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

Deno.test("a zoomed span stays within the run", () => {
  assertEquals(limit(stretch({ from: 0, to: 100 }, 0.5), 100), { from: 25, to: 75 });
  assertEquals(limit(stretch({ from: 25, to: 75 }, 2), 100), undefined);
  assertEquals(limit(shift({ from: 25, to: 75 }, 5), 100), { from: 50, to: 100 });
  assertEquals(limit(shift({ from: 25, to: 75 }, -5), 100), { from: 0, to: 50 });
});
