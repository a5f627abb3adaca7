/**
 * Cost of the grid: 64 workers with 20 signals a second each, drawn at 200×50. And cost of the samples of CPU and memory, which are
 * taken without a grid, too: 1,000 silent workers.
 *
 * @module
 */
import type { Bench, Figures } from "./bench.ts";
import { python } from "./peers.ts";
import { figuresOf, here, program } from "./process.ts";

const WORKERS = "64";
/** Enough items that the cost of the start is a small share. */
const SECONDS = 15;
/** The items of each worker, which reports progress ten times a second. */
const ITEMS = `${10 * SECONDS}`;
/** Silent workers whose usage is sampled. */
const SAMPLED = "1000";
const SIZE = ["200", "50", ITEMS];
/** The frames a second that both are asked for. */
const FRAMES = 10;
/** Each worker reports progress and a message at each step. */
const SIGNALS_PER_SECOND = 2 * 10 * Number(WORKERS);

/** Runs a display, and adds the share of each signal in its CPU time. */
async function measure(argv: readonly string[]): Promise<Figures> {
  const figures = await figuresOf(argv);
  return { ...figures, signalCpuMs: figures.cpuMs! / SIGNALS_PER_SECOND };
}

/** Prepares the bench. */
export const bench: Bench = async () => {
  const peer = await python("pool", { needs: "pip._vendor.rich" });
  const speaker = [peer?.[0] ?? "python3", here("peers/speaker.py"), ITEMS];
  const what = `${WORKERS} workers, 20 signals/s each, grid at 200×50`;
  const row = { what, peer: "Python + rich" };
  const rich = peer && (() => measure([...peer, "--rich", ...SIZE, WORKERS, WORKERS, ...speaker]));
  // Ours draws as many frames as rich reaches.
  const frames = Math.min(FRAMES, (await rich?.())?.frames ?? FRAMES);
  return {
    contestants: {
      ours: async () => ({
        ...await measure(program("watch_ours", ...SIZE, WORKERS, `${frames}`, ...speaker)),
        ...await figuresOf(program("sample_ours", SAMPLED)),
      }),
      "Python + rich": rich,
    },
    rows: [
      { ...row, figure: "cpuMs", unit: "ms of CPU/s", target: { atMost: 0.25 } },
      { ...row, figure: "bytes", unit: "bytes/s", target: { atMost: 0.1 } },
      { ...row, figure: "frames", unit: "frames/s" },
      { ...row, figure: "frameCpuMs", unit: "ms of CPU/frame", target: { atMost: 0.25 } },
      { ...row, figure: "frameBytes", unit: "bytes/frame", target: { atMost: 0.1 } },
      { ...row, figure: "signalCpuMs", unit: "ms of CPU/signal" },
      {
        what: `${SAMPLED} silent workers, usage sampled at 4 Hz`,
        figure: "sampleCpuMs",
        unit: "ms of CPU/s",
        target: { atMost: 100 },
      },
    ],
    [Symbol.asyncDispose]: async () => {},
  };
};
