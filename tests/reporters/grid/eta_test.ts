import { assertEquals } from "@std/assert";
import { RateWindow, remainingMs } from "../../../src/reporters/grid/eta.ts";

Deno.test("RateWindow follows a run that becomes slower", () => {
  const rate = new RateWindow();
  assertEquals(rate.sample(0, 0), undefined);
  assertEquals(rate.sample(1_000, 100), 100);
  for (let t = 2_000; t <= 40_000; t += 1_000) rate.sample(t, 100 + (t - 1_000) / 1_000);
  assertEquals(rate.sample(41_000, 140), 1);
});

Deno.test("RateWindow returns no rate while no items are done, or items no longer count as done", () => {
  const rate = new RateWindow();
  rate.sample(0, 50);
  assertEquals(rate.sample(1_000, 50), undefined);
  assertEquals(rate.sample(2_000, 20), undefined);
});

Deno.test("remainingMs() is the time of the items at a rate", () => {
  assertEquals(remainingMs(100, 50), 2_000);
  assertEquals(remainingMs(0, 50), 0);
});
