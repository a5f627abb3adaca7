// A set of numbers does what a Set does.
import { assertEquals } from "@std/assert";
import { NumberSet } from "../../src/base/number_set.ts";
import { forSeeds } from "../helpers/random.ts";

const sorted = (numbers: Iterable<number>) => Array.from(numbers).sort((a, b) => a - b);

Deno.test("a set of numbers has what a Set has after any steps", async () => {
  await forSeeds(50, (random) => {
    const [ours, plain] = [new NumberSet(), new Set<number>()];
    // Near each other, at the borders of words and pages, and anywhere.
    const number = () =>
      random.pick([
        random.integer(70),
        1_023 + random.integer(3),
        2 ** 31 - 2 + random.integer(4),
        random.integer(Number.MAX_SAFE_INTEGER),
        Number.MAX_SAFE_INTEGER - random.integer(2),
      ]);
    for (let step = 0; step < 500; step++) {
      const value = random.integer(3) === 0 ? random.pick([0, ...plain]) : number();
      if (random.integer(2) === 0) assertEquals(ours.delete(value), plain.delete(value));
      else {
        ours.add(value);
        plain.add(value);
      }
      assertEquals([ours.has(value), ours.size], [plain.has(value), plain.size]);
      assertEquals(ours.has(value + 1), plain.has(value + 1));
    }
    assertEquals(sorted(ours), sorted(plain));
    ours.clear();
    assertEquals([ours.size, Array.from(ours)], [0, []]);
  });
});
