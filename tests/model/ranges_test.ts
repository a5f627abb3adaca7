import { assert, assertEquals } from "@std/assert";
import { countRanges, type SplitOptions, splitRanges } from "../../src/model/ranges.ts";
import { forSeeds } from "../helpers/random.ts";

Deno.test("splitRanges() puts every item into exactly one range, in order", async () => {
  await forSeeds(500, (random) => {
    const total = random.integer(random.pick([2, 20, 5000]));
    const n = 1 + random.integer(random.pick([2, 20, 6000]));
    const options: SplitOptions = random.pick<SplitOptions>([{ parts: n }, { chunkSize: n }]);
    const ranges = [...splitRanges(total, options)];
    let next = 0;
    for (const [index, range] of ranges.entries()) {
      assertEquals(range.index, index);
      assertEquals(range.startIndex, next);
      assert(range.endIndex > range.startIndex, "a range is empty");
      next = range.endIndex;
    }
    assertEquals(next, total);
    assertEquals(ranges.length, countRanges(total, options));
    const sizes = ranges.map(({ startIndex, endIndex }) => endIndex - startIndex);
    if ("parts" in options) {
      assert(ranges.length <= options.parts);
      assert(Math.max(0, ...sizes) - Math.min(Infinity, ...sizes) <= 1);
    } else assert(sizes.slice(0, -1).every((size) => size === options.chunkSize));
  });
});

Deno.test("splitRanges() yields fewer ranges when there are fewer items, and none for none", () => {
  assertEquals([...splitRanges(2, { parts: 5 })].length, 2);
  assertEquals([...splitRanges(0, { parts: 5 })], []);
  assertEquals([...splitRanges(0, { chunkSize: 5 })], []);
});

Deno.test("splitRanges() is exact at the largest number of items", () => {
  const total = Number.MAX_SAFE_INTEGER;
  const ranges = [...splitRanges(total, { parts: 7 })];
  assertEquals(ranges.at(-1)?.endIndex, total);
});
