/**
 * Growth of the cost of an event with the number of workers. They are made up, so that only the executor is measured.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { figuresOf, program } from "./process.ts";

const MANY = 10_000;
const FEW = 1_000;
/** Enough that the events of starts and ends are a small share. */
const SIGNALS = 10;

/** Prepares the bench. */
export const bench: Bench = () => {
  // As many ranges in both, so that the events are the same.
  const crowd = (workers: number) => () =>
    figuresOf(program("crowd_ours", `${MANY}`, `${workers}`, `${SIGNALS}`));
  const what = `${MANY} workers at once, ${SIGNALS} signals each`;
  const peer = `${FEW} workers`;
  return Promise.resolve({
    contestants: { ours: crowd(MANY), [peer]: crowd(FEW) },
    rows: [
      {
        what: `${what}: CPU time per event`,
        figure: "cpuUs",
        unit: "µs",
        peer,
        target: { atMost: 1.1 },
      },
      { what: `${what}: time per event`, figure: "us", unit: "µs", peer },
      { what: `${what}: memory of each`, figure: "kilobytes", unit: "KB" },
    ],
    [Symbol.asyncDispose]: async () => {},
  });
};
