/**
 * Cost of reading the streams of many steps of a cluster.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { figuresOf, program } from "./process.ts";

const STEPS = 200;

/** Prepares the bench. */
export const bench: Bench = () =>
  Promise.resolve({
    contestants: { ours: () => figuresOf(program("steps_ours", `${STEPS}`)) },
    rows: [{
      what: `${STEPS} steps of a cluster, 10 lines a second each: share of a processor`,
      figure: "percent",
      unit: "%",
    }],
    [Symbol.asyncDispose]: async () => {},
  });
