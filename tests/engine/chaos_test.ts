// Chaos tests with fixed seeds; `deno task chaos` runs others.
import { assert } from "@std/assert";
import { runChaos } from "../helpers/chaos.ts";
import { LINUX, needs, testWith } from "../helpers/needs.ts";

const SEEDS = 4;

for (let seed = 1; seed <= SEEDS; seed++) {
  testWith(`chaos, seed ${seed}`, needs(LINUX, "setsid"), async () => {
    const { ranges, attempts } = await runChaos(seed);
    assert(ranges >= 150 && attempts > ranges, `${attempts} attempts at ${ranges} ranges`);
  });
}
