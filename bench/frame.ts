/**
 * Cost of a frame, from state to bytes, beside rich on the same states; and of a large frame that changes completely.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { python } from "./peers.ts";
import { figuresOf, outputOf, program } from "./process.ts";

const SIZES = [["100", "30", "4"], ["200", "50", "16"]] as const;

/** Prepares the bench. */
export const bench: Bench = async () => {
  const folder = await Deno.makeTempDir();
  const peer = await python("frames", { needs: "pip._vendor.rich" });
  const scriptOf = (workers: string) => `${folder}/${workers}.json`;
  for (const [, , workers] of SIZES) {
    await outputOf(program("make_states", scriptOf(workers), workers));
  }
  /** Runs all sizes, and returns their figures with the size in the name. */
  const all = (command: (script: string, ...size: string[]) => string[]) => async () => {
    const figures: Record<string, number> = {};
    for (const [columns, rows, workers] of SIZES) {
      const of = await figuresOf(command(scriptOf(workers), columns, rows));
      for (const [name, value] of Object.entries(of)) figures[`${name} ${workers}`] = value;
    }
    return figures;
  };
  return {
    contestants: {
      ours: all((...args) => program("frame_ours", ...args)),
      rich: peer === undefined ? undefined : all((...args) => [...peer, ...args]),
    },
    rows: SIZES.flatMap(([columns, rows, workers]) => {
      const what = `a frame of ${columns}×${rows}, ${workers} workers`;
      return [
        {
          what,
          figure: `cpuMs ${workers}`,
          unit: "ms of CPU",
          peer: "rich",
          target: { atMost: 0.25 },
        },
        { what, figure: `bytes ${workers}`, unit: "bytes", peer: "rich", target: { atMost: 0.1 } },
      ];
    }),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
};
