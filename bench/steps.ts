/**
 * What the streams of a cluster's steps cost their executor.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { figuresOf, program } from "./process.ts";

const STEPS = 200;

/** See the module. */
export const bench: Bench = () =>
  Promise.resolve({
    contestants: { ours: () => figuresOf(program("steps_ours", `${STEPS}`)) },
    rows: [{
      what: `${STEPS} steps of a cluster, 10 lines a second each: of a processor`,
      figure: "percent",
      unit: "%",
    }],
    [Symbol.asyncDispose]: async () => {},
  });
