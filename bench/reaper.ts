/**
 * Cost of the reaper per range.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { figuresOf, program } from "./process.ts";

/** Prepares the bench. */
export const bench: Bench = () =>
  Promise.resolve({
    contestants: {
      ours: () => figuresOf(program("spawn_ours", "1000")),
      "without reaper": () => figuresOf(program("spawn_ours", "1000", "--no-reaper")),
    },
    rows: [{
      what: "1000 × /bin/true, 8 workers",
      figure: "rate",
      unit: "ranges/s",
      peer: "without reaper",
      target: { atLeast: 0.9 },
    }],
    [Symbol.asyncDispose]: async () => {},
  });
