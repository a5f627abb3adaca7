/**
 * Makes the moving picture of the grid: runs the demo in a terminal emulator, and writes what it shows to stdout, as SVG. What
 * cannot move it shows the run past its half.
 *
 * ```sh
 * deno task picture > docs/grid.svg
 * ```
 *
 * @module
 */
import { AnsiReporter, type Reporter, SubprocessExecutor } from "@lambdawaker/executor";
import { currentWork, isWaiting, type RunState } from "@lambdawaker/executor/events";
import { DEMO_CONFIG, demoCommandLine } from "../src/cli/demo.ts";
import { rowToSvg, type Run, Screen, toSvg } from "./screen.ts";

const COLUMNS = 80;
const ROWS = 18;
/** The time between two frames of the picture, and for which its last one is shown, in milliseconds. */
const FRAME_MS = 600;
const LAST_MS = 4_000;
/** A picture without motion shows a moment past the half of the run, while a worker waits for its next attempt. */
const POSTER_SHARE = 0.5;

/** What the screen shows from some time on, in milliseconds. */
interface Frame {
  readonly at: number;
  /** Whether it suits as a picture without motion. */
  readonly isPoster: boolean;
  readonly rows: readonly Run[][];
}

/** A run of characters, and for which times it is shown. */
interface Shown {
  readonly svg: string;
  readonly times: { from: number; to: number }[];
}

// Colours of the grid as exact values.
Deno.env.set("FORCE_COLOR", "3");
const frames = await record();
console.log(animate(frames).trimEnd());
Deno.exit();

/** Runs the demo, and returns its frames. */
async function record(): Promise<Frame[]> {
  const screen = new Screen(COLUMNS, ROWS);
  const frames: Frame[] = [];
  const start = performance.now();
  let state: RunState | undefined;
  const look = () => {
    const isPoster = state !== undefined && state.workers.some(isWaiting) &&
      currentWork(state) >= POSTER_SHARE * state.totalItems;
    frames.push({ at: Math.round(performance.now() - start), isPoster, rows: screen.look() });
  };
  const watcher: Reporter = { report: (_event, next) => void (state = next) };
  // The hint on keys is that of a run with a keyboard.
  const keyboard = { onKey: () => ({ [Symbol.dispose]() {} }) };
  const grid = new AnsiReporter({ title: "Demo", color: "always", terminal: screen, keyboard });
  const timer = setInterval(look, FRAME_MS);
  await new SubprocessExecutor(
    { ...DEMO_CONFIG, gridCols: 2 },
    demoCommandLine(new URL("../cli.ts", import.meta.url).href),
  )
    .run([grid, watcher]);
  clearInterval(timer);
  look();
  return frames;
}

function animate(frames: readonly Frame[]): string {
  const end = frames.at(-1)!.at + LAST_MS;
  const poster = frames.findLast(({ isPoster }) => isPoster) ?? frames.at(-1)!;
  const shown = new Map<string, Shown>();
  for (const [index, { at, rows }] of frames.entries()) {
    const to = frames[index + 1]?.at ?? end;
    for (const [row, runs] of rows.entries()) {
      for (const run of runs) {
        const svg = rowToSvg([run], row);
        const { times }: Shown = shown.get(svg) ?? { svg, times: [] };
        shown.set(svg, { svg, times });
        if (times.at(-1)?.to === at) times.at(-1)!.to = to;
        else times.push({ from: at, to });
      }
    }
  }
  const body = Array.from(shown.values(), (part) => animatePart(part, { end, poster })).join("\n");
  const label = "The grid of a run with four workers, one of which fails and is tried again";
  return toSvg(body, { columns: COLUMNS, rows: ROWS, theme: "both", label });
}

/** Draws a part that is seen at its times only, over and over again. */
function animatePart(
  { svg, times }: Shown,
  { end, poster }: { end: number; poster: Frame },
): string {
  const share = (at: number) => Number((at / end).toFixed(4));
  const isAlways = times.length === 1 && times[0]!.from === 0 && times[0]!.to === end;
  if (isAlways) return svg;
  const isOnPoster = times.some(({ from, to }) => from <= poster.at && poster.at < to);
  const steps = times.flatMap(({ from, to }) => [[share(from), 1], [share(to), 0]] as const)
    .filter(([at]) => at < 1);
  const all = steps[0]![0] === 0 ? steps : [[0, 0] as const, ...steps];
  const values = all.map(([, value]) => value).join(";");
  const keyTimes = all.map(([at]) => at).join(";");
  return `<g opacity="${
    isOnPoster ? 1 : 0
  }">${svg}<animate attributeName="opacity" calcMode="discrete" dur="${
    (end / 1000).toFixed(1)
  }s" repeatCount="indefinite" values="${values}" keyTimes="${keyTimes}"/></g>`;
}
