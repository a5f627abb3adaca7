/**
 * Bytes and CPU time of a frame, beside Python's rich (the one that pip brings), on the same script of states:
 * `deno run -A bench/grid_vs_rich.ts`.
 *
 * @module
 */
import process from "node:process";
import { fold, INITIAL_STATE, type RunEvent, type RunState } from "@lambdawaker/executor";
import { drawFrame } from "../src/reporters/grid/frame.ts";
import { Screen } from "../src/reporters/grid/screen.ts";

const FRAMES = 300;
const RUNS = 5;
const SIZES = [[100, 30, 4], [200, 50, 16]] as const;
/** Items of a range. */
const TOTAL = 1_000;
const PEER = new URL("peers/rich_grid.py", import.meta.url).pathname;

interface Cost {
  bytes: number;
  cpuMs: number;
}

/** A run of ten frames a second in which each worker moves on by some items, and says which one it is at. */
function makeStates(numWorkers: number): { states: RunState[]; times: number[] } {
  const start = 1_000_000;
  const event = (body: object, t: number) => ({ v: 1, t, ...body }) as RunEvent;
  let state = fold(
    INITIAL_STATE,
    event({
      kind: "run-started",
      runId: "r",
      totalItems: TOTAL * numWorkers,
      ranges: numWorkers,
      numWorkers,
      maxRetries: 0,
      retryFrom: "start",
    }, start),
  );
  const refs = Array.from(
    { length: numWorkers },
    (_, worker) => ({ worker, range: worker, attempt: 1 }),
  );
  for (const ref of refs) {
    const [startIndex, endIndex] = [TOTAL * ref.range, TOTAL * (ref.range + 1)];
    const body = { ...ref, kind: "attempt-started", startIndex, endIndex, maxAttempt: 1 };
    state = fold(state, event(body, start));
  }
  const states: RunState[] = [];
  const times: number[] = [];
  for (let frame = 0; frame < FRAMES; frame++) {
    const t = start + 100 * frame;
    for (const ref of refs) {
      const done = Math.min(TOTAL, frame * (1 + ref.worker % 3));
      state = fold(state, event({ ...ref, kind: "progress", done }, t));
      state = fold(
        state,
        event({ ...ref, kind: "message", text: `resizing image ${done}.png` }, t),
      );
    }
    states.push(state);
    times.push(t);
  }
  return { states, times };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function measureOurs(
  { states, times }: ReturnType<typeof makeStates>,
  [columns, rows]: readonly number[],
): Cost {
  const screen = new Screen({ color: true });
  const encoder = new TextEncoder();
  const draw = (index: number) => {
    const options = {
      title: "Bench",
      width: columns! - 1,
      height: rows! - 1,
      now: times[index]!,
      rate: 10,
    };
    const bytes = screen.draw(drawFrame(states[index]!, options), {
      columns: columns!,
      rows: rows!,
    });
    return encoder.encode(bytes).length;
  };
  draw(0);
  let bytes = 0;
  const before = cpuMs();
  for (let index = 1; index < states.length; index++) bytes += draw(index);
  const frames = states.length - 1;
  return { bytes: bytes / frames, cpuMs: (cpuMs() - before) / frames };
}

async function measurePeer(states: readonly RunState[], size: readonly number[]): Promise<Cost> {
  const path = await Deno.makeTempFile();
  const script = states.map(({ workers }) => ({
    workers: workers.map(({ index, status, progress, message, extraData }) => ({
      index,
      status,
      progress,
      message,
      start: extraData.startIndex,
      end: extraData.endIndex,
    })),
  }));
  await Deno.writeTextFile(path, JSON.stringify({ total: TOTAL, states: script }));
  const { stdout } = await new Deno.Command("python3", {
    args: [PEER, path, `${size[0]}`, `${size[1]}`],
    stderr: "inherit",
  }).output();
  await Deno.remove(path);
  return JSON.parse(new TextDecoder().decode(stdout));
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

console.log(`per frame, median of ${RUNS} interleaved runs of ${FRAMES} frames`);
console.log("size        workers   bytes: ours   rich  ratio   CPU ms: ours   rich  ratio");
for (const [columns, rows, numWorkers] of SIZES) {
  const script = makeStates(numWorkers);
  const ours: Cost[] = [];
  const rich: Cost[] = [];
  for (let run = 0; run < RUNS; run++) {
    ours.push(measureOurs(script, [columns, rows]));
    rich.push(await measurePeer(script.states, [columns, rows]));
  }
  const of = (costs: Cost[], field: keyof Cost) => median(costs.map((cost) => cost[field]));
  const [bytes, richBytes] = [of(ours, "bytes"), of(rich, "bytes")];
  const [cpu, richCpu] = [of(ours, "cpuMs"), of(rich, "cpuMs")];
  console.log(
    `${`${columns}×${rows}`.padEnd(12)}${`${numWorkers}`.padStart(7)}` +
      `${bytes.toFixed(0).padStart(14)}${richBytes.toFixed(0).padStart(7)}${
        (bytes / richBytes).toFixed(3).padStart(7)
      }` +
      `${cpu.toFixed(2).padStart(15)}${richCpu.toFixed(2).padStart(7)}${
        (cpu / richCpu).toFixed(3).padStart(7)
      }`,
  );
}
