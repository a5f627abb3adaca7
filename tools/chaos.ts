/**
 * Runs chaos tests until one fails or it is stopped: `deno task chaos`, or `deno task chaos 42` to begin with seed 42.
 *
 * @module
 */
import { runChaos } from "../tests/helpers/chaos.ts";

for (let seed = Number(Deno.args[0] ?? Date.now() % 2 ** 31);; seed++) {
  const { ranges, attempts, sessions, kills, stops, reapers } = await runChaos(seed).catch(
    (error) => {
      throw new Error(`Failed with seed ${seed}`, { cause: error });
    },
  );
  console.log(
    `seed ${seed}: ${ranges} ranges, ${attempts} attempts, ${sessions} runs, ${kills} of them killed; ${stops} stops, ${reapers} reapers killed`,
  );
}
