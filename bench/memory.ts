/**
 * What a live worker takes of the executor's memory.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { figuresOf, program } from "./process.ts";

const WORKERS = 1_000;

/** See the module. */
export const bench: Bench = () =>
  Promise.resolve({
    contestants: { ours: () => figuresOf(program("memory_ours", `${WORKERS}`)) },
    rows: [{
      what: `${WORKERS} live workers, each above the base`,
      figure: "kilobytes",
      unit: "KB",
      target: { atMost: 150 },
    }],
    [Symbol.asyncDispose]: async () => {},
  });
