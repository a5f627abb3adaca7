// Draws a script of states and prints bytes and CPU time per frame: frame_ours.ts SCRIPT COLUMNS ROWS.
import process from "node:process";
import { INITIAL_STATE, reduce, type RunState } from "@lambdawaker/executor/events";
import type { RunEvent } from "@lambdawaker/executor";
import { drawFrame } from "../../src/reporters/grid/frame.ts";
import { Screen } from "../../src/terminal/screen.ts";

interface Script {
  total: number;
  states: { workers: { index: number; progress: number; message: string }[] }[];
}

const [path = "", columns = "", rows = ""] = Deno.args;
const { total, states: script }: Script = JSON.parse(await Deno.readTextFile(path));
const START = 1_000_000;
const event = (body: object, t: number) => ({ v: 2, t, ...body }) as RunEvent;
const refOf = (index: number) => ({ worker: index, range: index, attempt: 1 });

function begin(numWorkers: number): RunState {
  const job = { totalItems: total * numWorkers, ranges: numWorkers, numWorkers, maxRetries: 0 };
  const started = { kind: "run-started", runId: "r", retryFrom: "start", ...job };
  let state = reduce(INITIAL_STATE, event(started, START));
  for (let index = 0; index < numWorkers; index++) {
    const range = { startIndex: total * index, endIndex: total * (index + 1), maxAttempt: 1 };
    state = reduce(state, event({ ...refOf(index), kind: "attempt-started", ...range }, START));
  }
  return state;
}

let state = begin(script[0]!.workers.length);
const states = script.map(({ workers }, frame) => {
  const t = START + 100 * frame;
  for (const { index, progress, message } of workers) {
    state = reduce(state, event({ ...refOf(index), kind: "progress", done: progress }, t));
    state = reduce(state, event({ ...refOf(index), kind: "message", text: message }, t));
  }
  return state;
});

const screen = new Screen({ color: true });
const size = { columns: Number(columns), rows: Number(rows) };
const encoder = new TextEncoder();
const draw = (frame: number) => {
  const options = {
    title: "Bench",
    width: size.columns - 1,
    height: size.rows - 1,
    now: START + 100 * frame,
  };
  return encoder.encode(screen.draw(drawFrame(states[frame]!, options).rows, size)).length;
};
draw(0);
let bytes = 0;
const before = process.cpuUsage();
for (let frame = 1; frame < states.length; frame++) bytes += draw(frame);
const { user, system } = process.cpuUsage(before);
const frames = states.length - 1;
console.log(JSON.stringify({ bytes: bytes / frames, cpuMs: (user + system) / 1000 / frames }));
