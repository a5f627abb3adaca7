import { assert } from "@std/assert";
import {
  activeWorkers,
  itemRates,
  memoryPeaks,
} from "../../../../src/report/page/client/series.ts";
import { forSeeds } from "../../../helpers/random.ts";
import { longRun } from "../../made_up.ts";

Deno.test("active workers add up to the busy time, for any number of parts", async () => {
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

Deno.test("the memory over time is the sum of the peaks of the attempts that ran", () => {
  const history = longRun(40, 2).history();
  const attempts = history.attempts.map((attempt) => ({ ...attempt, peakRss: 5 * 2 ** 20 }));
  const options = { span: { from: 0, to: history.now }, parts: 37 };
  const memory = memoryPeaks({ ...history, attempts }, options).values;
  const workers = activeWorkers(history, options).values;
  assert(memory.every((value, part) => Math.abs(value - 5 * workers[part]!) < 1e-4));
  assert(memoryPeaks(history, options).values.every((value) => value === 0));
});

Deno.test("items per second add up to the items, and are never negative", () => {
  const history = longRun(500, 7).history();
  const { values, span } = itemRates(history, { from: 0, to: history.now });
  const items = values.reduce((sum, value) => sum + value, 0) * (span.to - span.from) /
    values.length / 1000;
  assert(Math.abs(items - history.doneItems) < 1e-3, `${items} is not ${history.doneItems}`);
  assert(values.every((value) => value >= 0));
});
