/**
 * Rate of ranges by resident workers in Python, with journal and reaper, beside what keeps workers and what does not.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { find, gnuParallel, python, pythonFor } from "./peers.ts";
import { collecting, figuresOf, program, timeOf } from "./process.ts";

const RANGES = 100_000;
/** For libraries that are slower. */
const FEWER = 20_000;
/** For tools that start a process for each item, which takes longer. */
const PROCESSES = 2_000;
const FEWER_PROCESSES = 500;

/** Prepares the bench. */
export const bench: Bench = async () => {
  const imap = await python("imap");
  const joblib = await python("imap", { needs: "joblib" });
  const xargs = await find("xargs");
  const parallel = await gnuParallel();
  const what = `${RANGES} one-item ranges, 8 Python workers, journal and reaper`;
  const row = { what, figure: "rate", unit: "ranges/s" };
  const beside = (peer: string, count: number) => ({
    ...row,
    what: `the same; peer: ${count}`,
    peer,
  });
  const each = (count: number, program: string | undefined, ...args: string[]) => {
    if (program === undefined) return undefined;
    const numbers = Array.from({ length: count }, (_, index) => `${index}`).join("\n");
    return async () => ({ rate: count / await timeOf([program, ...args], numbers) });
  };
  const ours = collecting(
    program("resident_ours", `${RANGES}`, await pythonFor() ?? "python3"),
  );
  return {
    contestants: {
      ours: () => figuresOf(ours),
      multiprocessing: imap && (() => figuresOf([...imap, "multiprocessing", `${RANGES}`])),
      ProcessPoolExecutor: imap && (() => figuresOf([...imap, "concurrent.futures", `${FEWER}`])),
      joblib: joblib && (() => figuresOf([...joblib, "joblib", `${FEWER}`])),
      "xargs -P8": each(PROCESSES, xargs, "-P8", "-n1", "true"),
      "GNU parallel": each(FEWER_PROCESSES, parallel, "-j8", "true"),
    },
    rows: [
      { ...row, target: { atLeast: 10_000 } },
      { ...beside("multiprocessing", RANGES), target: { atLeast: 0.5 } },
      beside("ProcessPoolExecutor", FEWER),
      beside("joblib", FEWER),
      { ...beside("xargs -P8", PROCESSES), target: { atLeast: 10 } },
      beside("GNU parallel", FEWER_PROCESSES),
      { what: "the same: CPU time of the executor per range", figure: "cpuUs", unit: "µs" },
      { what: "the same, with reaper and workers", figure: "treeCpuUs", unit: "µs" },
      {
        what: "the same: memory of the executor after the last tenth against after the second",
        figure: "memory",
        unit: "ratio",
        target: { atMost: 1.1 },
      },
      { what: "the same: memory after the last tenth", figure: "megabytes", unit: "MB" },
    ],
    [Symbol.asyncDispose]: async () => {},
  };
};
