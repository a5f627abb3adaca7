// Chaos tests of resident workers with fixed seeds.
import { assert } from "@std/assert";
import { runChaos } from "../../helpers/chaos.ts";

const SEEDS = 20;

for (let seed = 1; seed <= SEEDS; seed++) {
  const options = { ignore: Deno.build.os !== "linux" };
  Deno.test(`chaos with resident workers, seed ${seed}`, options, async () => {
    const { ranges, attempts } = await runChaos(seed, { isResident: true });
    assert(ranges >= 60 && attempts > ranges, `${attempts} attempts at ${ranges} ranges`);
  });
}
