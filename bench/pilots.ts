/**
 * What many workers on many nodes cost the executor. The pilots of the nodes are made up; their pipes are real.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { pythonFor } from "./peers.ts";
import { asInstalled, figuresOf, program } from "./process.ts";

const NODES = 100;
const WORKERS_OF_NODE = 100;
/** The lines of each worker in a second. */
const LINES = 10;
const SECONDS = 5;
const RANGES = 20_000;
/** With the 400 MB of 100 clients such as srun, shared memory counted once (docs/cluster.md), these are 1.5 GB. */
const MAX_MEGABYTES = 1_100;

/** Prepares the bench. */
export const bench: Bench = async () => {
  const python = await pythonFor() ?? "python3";
  const numbers = [NODES, WORKERS_OF_NODE, LINES, SECONDS, RANGES].map(String);
  const what = `${NODES * WORKERS_OF_NODE} workers on ${NODES} nodes`;
  return {
    contestants: { ours: () => figuresOf(asInstalled(program("pilots_ours", python, ...numbers))) },
    rows: [
      {
        what: `${what}: processes, with two for each client`,
        figure: "processes",
        unit: "processes",
        target: { atMost: 250 },
      },
      {
        what: "the same: the most memory of the executor while they run, without clients",
        figure: "megabytes",
        unit: "MB",
        target: { atMost: MAX_MEGABYTES },
      },
      {
        what: "the same, when all are stopped at once",
        figure: "stopMegabytes",
        unit: "MB",
        target: { atMost: MAX_MEGABYTES },
      },
      {
        what: `the same: events per worker and second, of ${LINES} lines`,
        figure: "events",
        unit: "events",
        target: { atMost: 1.5 },
      },
      {
        what: `the same, ${LINES} lines a second each: share of a processor`,
        figure: "percent",
        unit: "%",
      },
      { what: "the same, silent", figure: "silentPercent", unit: "%" },
      { what: `${RANGES} ranges that end at once: launches`, figure: "rate", unit: "ranges/s" },
      { what: "the same: CPU time of each", figure: "cpuUs", unit: "µs" },
    ],
    [Symbol.asyncDispose]: async () => {},
  };
};
