// Chaos tests of resident workers with fixed seeds.
import { assert } from "@std/assert";
import { runChaos } from "../../helpers/chaos.ts";
import { LINUX, needs, testWith } from "../../helpers/needs.ts";

const SEEDS = 20;

for (let seed = 1; seed <= SEEDS; seed++) {
  testWith(`chaos with resident workers, seed ${seed}`, needs(LINUX), async () => {
    const { ranges, attempts } = await runChaos(seed, { isResident: true });
    assert(ranges >= 24 && attempts > ranges, `${attempts} attempts at ${ranges} ranges`);
  });
}
