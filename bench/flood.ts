/**
 * Eight workers that print as fast as they can, from files.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { python } from "./peers.ts";
import { figuresOf, program } from "./process.ts";

const WORKERS = 8;
/** So many that starting the workers takes no noticeable part of the time. */
const LINES = 4_000_000;

/** See the module. */
export const bench: Bench = async () => {
  const file = await Deno.makeTempFile();
  const lines = Array.from({ length: LINES }, (_, index) => `PROGRESS: ${index}\n`);
  await Deno.writeTextFile(file, lines.join(""));
  const peer = await python("pool");
  const row = {
    what: `${WORKERS} × cat of ${LINES} PROGRESS: lines`,
    figure: "rate",
    unit: "lines/s",
  };
  const size = [`${WORKERS}`, `${LINES}`];
  return {
    contestants: {
      ours: () => figuresOf(program("flood_ours", file, ...size)),
      "TextLineStream loop": () => figuresOf(program("flood_loop", file, ...size)),
      "Python threads": peer === undefined
        ? undefined
        : () => figuresOf([...peer, `${WORKERS}`, `${WORKERS}`, "cat", file]),
    },
    rows: [
      { ...row, peer: "Python threads", target: { atLeast: 1.5 } },
      { ...row, peer: "TextLineStream loop", target: { atLeast: 0.9 } },
    ],
    [Symbol.asyncDispose]: () => Deno.remove(file),
  };
};
