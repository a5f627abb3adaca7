import { assertEquals } from "@std/assert";
import { DurationMedian } from "../../src/engine/duration_median.ts";
import { forSeeds } from "../helpers/random.ts";

Deno.test("DurationMedian is the median of the last 1,001 durations, and undefined for fewer than five", async () => {
  await forSeeds(20, (random) => {
    const durations = new DurationMedian();
    const all: number[] = [];
    for (let count = 1; count <= random.pick([4, 5, 6, 3_000]); count++) {
      all.push(random.integer(100));
      durations.add(all.at(-1)!);
      const recent = all.slice(-1_001).sort((a, b) => a - b);
      const expected = count < 5 ? undefined : recent[Math.floor(recent.length / 2)];
      assertEquals(durations.median, expected);
    }
  });
});
