/**
 * Growth of the cost of a range in a long run. Its workers are made up, so that only the executor is measured.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { figuresOf, program } from "./process.ts";

const RANGES = 100_000;

const [deno, run, ...others] = program("growth_ours", `${RANGES}`);
const growth = [deno!, run!, "--v8-flags=--expose-gc", ...others];

/** Prepares the bench. */
export const bench: Bench = () =>
  Promise.resolve({
    contestants: { ours: () => figuresOf(growth) },
    rows: [
      {
        what: `${RANGES} ranges, with journal: time of the last tenth against the second`,
        figure: "time",
        unit: "ratio",
        target: { atMost: 1.1 },
      },
      {
        what: "the same: heap in use after the last tenth against after the second",
        figure: "memory",
        unit: "ratio",
        target: { atMost: 1.1 },
      },
      { what: "the same: a range of the last tenth", figure: "microseconds", unit: "µs" },
    ],
    [Symbol.asyncDispose]: async () => {},
  });
