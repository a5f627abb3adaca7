/**
 * Memory of the executor per live worker.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { figuresOf, program } from "./process.ts";

const WORKERS = 1_000;

/** Prepares the bench. */
export const bench: Bench = () =>
  Promise.resolve({
    contestants: { ours: () => figuresOf(program("memory_ours", `${WORKERS}`)) },
    rows: [{
      what: `${WORKERS} live workers: memory of each`,
      figure: "kilobytes",
      unit: "KB",
      target: { atMost: 150 },
    }],
    [Symbol.asyncDispose]: async () => {},
  });
