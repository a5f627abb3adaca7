/**
 * Time and memory to resume a job of a million ranges that are all done.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { figuresOf, outputOf, program } from "./process.ts";

const RANGES = 1_000_000;

/** Prepares the bench. */
export const bench: Bench = async () => {
  const journal = await Deno.makeTempFile();
  await outputOf(program("make_journal", journal, `${RANGES}`));
  const what = `a journal with ${RANGES} ended ranges is resumed`;
  return {
    contestants: {
      ours: () => figuresOf(program("resume_ours", journal, `${RANGES}`)),
      "JSON.parse of each line": () => figuresOf(program("resume_loop", journal)),
    },
    rows: [
      {
        what,
        figure: "seconds",
        unit: "s",
        peer: "JSON.parse of each line",
        target: { atMost: 1.2 },
      },
      { what, figure: "megabytes", unit: "MB", target: { atMost: 250 } },
    ],
    [Symbol.asyncDispose]: () => Deno.remove(journal),
  };
};
