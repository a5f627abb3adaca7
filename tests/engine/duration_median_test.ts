import { assertEquals } from "@std/assert";
import { DurationMedian } from "../../src/engine/duration_median.ts";
import { forSeeds } from "../helpers/random.ts";

Deno.test("the median is that of the last 1,001 attempts, from the fifth on", async () => {
  await forSeeds(20, (random) => {
    const pace = new DurationMedian();
    const all: number[] = [];
    for (let count = 1; count <= random.pick([4, 5, 6, 3_000]); count++) {
      all.push(random.integer(100));
      pace.add(all.at(-1)!);
      const recent = all.slice(-1_001).sort((a, b) => a - b);
      const expected = count < 5 ? undefined : recent[Math.floor(recent.length / 2)];
      assertEquals(pace.median, expected);
    }
  });
});
