import { assert, assertEquals } from "@std/assert";
import { backoff } from "../../src/engine/retry_policy.ts";
import { forSeeds } from "../helpers/random.ts";

const DELAY = { initial: 1000, factor: 2, max: 30_000, jitter: 0 };

Deno.test("backoff() grows by its factor up to its maximum", () => {
  const delays = [1, 2, 3, 6, 7, 5000].map((attempt) => backoff(DELAY, { attempt, random: 0.5 }));
  assertEquals(delays, [1000, 2000, 4000, 30_000, 30_000, 30_000]);
});

Deno.test("backoff() of 0 is 0, whatever the factor", () => {
  assertEquals(backoff({ ...DELAY, initial: 0, factor: 1e300 }, { attempt: 9, random: 1 }), 0);
});

Deno.test("backoff() draws the share of jitter by lot", async () => {
  assertEquals(backoff({ ...DELAY, jitter: 1 }, { attempt: 1, random: 0 }), 0);
  assertEquals(backoff({ ...DELAY, jitter: 1 }, { attempt: 1, random: 1 }), 1000);
  await forSeeds(100, (random) => {
    const jitter = random.next();
    const delay = backoff({ ...DELAY, jitter }, { attempt: 1, random: random.next() });
    assert(delay >= Math.floor(1000 * (1 - jitter)) && delay <= 1000);
  });
});
