/**
 * Cost of reading the streams of many steps of a cluster, and launches through pilots beside launches through agents.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { pythonFor } from "./peers.ts";
import { figuresOf, program } from "./process.ts";

const STEPS = 200;
/** Shells of this machine. */
const NODES = 3;
const WORKERS = 24;
const RANGES = 3_000;
/** Agents are slower. */
const FEWER = 300;
const RESIDENT_WORKERS = 64;
const RESIDENT_RANGES = 20_000;

/** Prepares the bench. */
export const bench: Bench = async () => {
  const python = await pythonFor() ?? "python3";
  const launches = (way: string, ...others: (number | string)[]) =>
    figuresOf(program("launches_ours", way, `${NODES}`, ...others.map(String)));
  const streams = program("steps_ours", `${STEPS}`);
  return {
    contestants: {
      ours: async () => {
        const { percent } = await figuresOf(streams);
        const { rate } = await launches("pilots", WORKERS, RANGES);
        const resident = await launches("pilots", RESIDENT_WORKERS, RESIDENT_RANGES, python);
        return { percent: percent!, rate: rate!, residentRate: resident.rate! };
      },
      agents: () => launches("agents", WORKERS, FEWER),
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
      {
        what: `${RESIDENT_RANGES} ranges, ${RESIDENT_WORKERS} resident Python workers there`,
        figure: "residentRate",
        unit: "ranges/s",
      },
    ],
    [Symbol.asyncDispose]: async () => {},
  };
};
