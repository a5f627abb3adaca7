import { assert, assertEquals } from "@std/assert";
import { shuffle } from "../../src/base/shuffle.ts";
import { forSeeds } from "../helpers/random.ts";

const numbers = (length: number) => Array.from({ length }, (_, at) => at);

Deno.test("shuffle() keeps every element, and a seed repeats the order", async () => {
  await forSeeds(200, (random, seed) => {
    const length = random.integer(50);
    const shuffled = shuffle(numbers(length), { seed });
    assertEquals(shuffled.toSorted((a, b) => a - b), numbers(length));
    assertEquals(shuffle(numbers(length), { seed }), shuffled);
  });
});

Deno.test("shuffle() has an order that no later version changes", () => {
  assertEquals(shuffle(["1", "2", "3", "4", "5", "6"], { seed: 3 }).join(""), "346215");
  const [first, last] = [0, 4_294_967_295].map((seed) => shuffle(numbers(20), { seed }).join());
  assert(first !== last);
});

Deno.test("shuffle() puts each element in each place about as often", () => {
  const counts = numbers(5).map(() => numbers(5).map(() => 0));
  for (let seed = 0; seed < 5_000; seed++) {
    for (const [place, element] of shuffle(numbers(5), { seed }).entries()) {
      counts[place]![element]!++;
    }
  }
  for (const count of counts.flat()) assert(count > 850 && count < 1_150, `${count}`);
});
