/**
 * Rate of ranges by resident workers in Python, with journal and reaper, beside what keeps workers and what does not.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { find, gnuParallel, python } from "./peers.ts";
import { figuresOf, program, timeOf } from "./process.ts";

const RANGES = 100_000;
/** For tools that start a process for each item, which takes longer. */
const PROCESSES = 2_000;

/** Prepares the bench. */
export const bench: Bench = async () => {
  const imap = await python("imap");
  const joblib = await python("imap", { needs: "joblib" });
  const xargs = await find("xargs");
  const parallel = await gnuParallel();
  const what = `${RANGES} one-item ranges, 8 Python workers, journal and reaper`;
  const row = { what, figure: "rate", unit: "ranges/s" };
  const numbers = Array.from({ length: PROCESSES }, (_, index) => `${index}`).join("\n");
  const each = (...argv: string[]) => async () => ({
    rate: PROCESSES / await timeOf(argv, numbers),
  });
  return {
    contestants: {
      ours: () => figuresOf(program("resident_ours", `${RANGES}`)),
      multiprocessing: imap && (() => figuresOf([...imap, "multiprocessing", `${RANGES}`])),
      joblib: joblib && (() => figuresOf([...joblib, "joblib", `${RANGES / 5}`])),
      "xargs -P8": xargs === undefined ? undefined : each(xargs, "-P8", "-n1", "true"),
      "GNU parallel": parallel === undefined ? undefined : each(parallel, "-j8", "true"),
    },
    rows: [
      { ...row, target: { atLeast: 10_000 } },
      { ...row, peer: "multiprocessing", target: { atLeast: 0.5 } },
      { ...row, peer: "joblib" },
      { ...row, peer: "xargs -P8", target: { atLeast: 10 } },
      { ...row, peer: "GNU parallel" },
    ],
    [Symbol.asyncDispose]: async () => {},
  };
};
