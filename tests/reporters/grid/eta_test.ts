import { assertEquals } from "@std/assert";
import { RateWindow } from "../../../src/reporters/grid/eta.ts";

Deno.test("Throughput follows a run that becomes slower", () => {
  const throughput = new RateWindow();
  assertEquals(throughput.sample(0, 0), undefined);
  assertEquals(throughput.sample(1_000, 100), 100);
  for (let t = 2_000; t <= 40_000; t += 1_000) throughput.sample(t, 100 + (t - 1_000) / 1_000);
  assertEquals(throughput.sample(41_000, 140), 1);
});

Deno.test("Throughput knows no rate while nothing comes, or items are taken back", () => {
  const throughput = new RateWindow();
  throughput.sample(0, 50);
  assertEquals(throughput.sample(1_000, 50), undefined);
  assertEquals(throughput.sample(2_000, 20), undefined);
});
