/**
 * Cost of reading the streams of many steps of a cluster, and launches through pilots beside launches through agents.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { figuresOf, program } from "./process.ts";

const STEPS = 200;
/** Shells of this machine. */
const NODES = 3;
const WORKERS = 24;
const RANGES = 3_000;
/** Agents are slower. */
const FEWER = 300;

/** Prepares the bench. */
export const bench: Bench = () => {
  const launches = (way: string, ranges: number) =>
    figuresOf(program("launches_ours", way, `${NODES}`, `${WORKERS}`, `${ranges}`));
  const streams = program("steps_ours", `${STEPS}`);
  return Promise.resolve({
    contestants: {
      ours: async () => ({ ...await figuresOf(streams), ...await launches("pilots", RANGES) }),
      agents: () => launches("agents", FEWER),
    },
    rows: [
      {
        what: `${STEPS} steps of a cluster, 10 lines a second each: share of a processor`,
        figure: "percent",
        unit: "%",
      },
      {
        what: `${RANGES} × true, ${WORKERS} workers on ${NODES} nodes with pilots; peer: ${FEWER}`,
        figure: "rate",
        unit: "ranges/s",
        peer: "agents",
        target: { atLeast: 10 },
      },
    ],
    [Symbol.asyncDispose]: async () => {},
  });
};
