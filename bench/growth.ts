/**
 * Growth of the cost of a range in a long run. Its workers are made up, so that only the executor is measured.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { collecting, figuresOf, program } from "./process.ts";

const RANGES = 1_000_000;

/** Prepares the bench. */
export const bench: Bench = () =>
  Promise.resolve({
    contestants: { ours: () => figuresOf(collecting(program("growth_ours", `${RANGES}`))) },
    rows: [
      {
        what: `${RANGES} ranges, with journal: CPU time of the last tenth against the second`,
        figure: "cpu",
        unit: "ratio",
        target: { atMost: 1.1 },
      },
      { what: "the same: time, which others on the machine change", figure: "time", unit: "ratio" },
      {
        what: "the same: memory of the executor after the last tenth against after the second",
        figure: "memory",
        unit: "ratio",
        target: { atMost: 1.1 },
      },
      { what: "the same: memory after the last tenth", figure: "megabytes", unit: "MB" },
      { what: "the same: CPU time per range", figure: "cpuUs", unit: "µs" },
    ],
    [Symbol.asyncDispose]: async () => {},
  });
