/**
 * Time of the whole command, as `deno task install` installs it, for one item that takes no time. Deno's caches are filled.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { gnuParallel } from "./peers.ts";
import { CLI, here, outputOf, timeOf } from "./process.ts";

const STARTS = 5;

/** Prepares the bench. */
export const bench: Bench = async () => {
  const parallel = await gnuParallel();
  const deno = Deno.execPath();
  const job = ["run", "--total", "1", "--workers", "1", "--", "true"];
  const starts = (...argv: string[]) => async () => {
    let seconds = 0;
    for (let start = 0; start < STARTS; start++) seconds += await timeOf(argv);
    return { ms: 1000 * seconds / STARTS };
  };
  const row = { what: "run --total 1 --workers 1 -- true", figure: "ms", unit: "ms" };
  const prefix = await Deno.makeTempDir();
  await outputOf([deno, "run", "-A", here("../tools/install.ts"), "add", "--prefix", prefix]);
  const ours = starts(`${prefix}/bin/executor`, ...job);
  await ours();
  return {
    contestants: {
      ours,
      "the clone": starts(deno, "run", "-A", CLI, ...job),
      "Deno, empty file": starts(deno, "run", here("programs/empty.ts")),
      "reaper and child alone": starts(deno, "run", "-A", here("programs/start_least.ts")),
      "GNU parallel": parallel === undefined ? undefined : starts(parallel, "true", ":::", "1"),
    },
    rows: [
      { ...row, peer: "Deno, empty file", target: { atMost: 2.5 } },
      { ...row, peer: "GNU parallel", target: { atMost: 0.6 } },
      { ...row, peer: "the clone" },
      { ...row, peer: "reaper and child alone" },
    ],
    [Symbol.asyncDispose]: () => Deno.remove(prefix, { recursive: true }),
  };
};
