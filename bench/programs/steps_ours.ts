// Reads the streams of many steps of a cluster, with the frames of their agents, from a launcher that starts nothing.
// The rest of a step is its client, which is a process of its own.
import type { Launcher, WorkerProcess } from "@lambdawaker/executor/launchers";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { AgentStream } from "../../src/launchers/remote/agent_stream.ts";

const steps = Number(Deno.args[0]);
/** The lines of each step per second, by which the share of a processor is computed. */
const LINES_PER_SECOND = 10;
const CHUNKS = 50;
const LINES_PER_CHUNK = 10;

/** A chunk of a step: some lines of its worker, and a frame of its agent. */
function chunk(at: number): Uint8Array {
  const lines = Array.from(
    { length: LINES_PER_CHUNK },
    (_, line) => `PROGRESS: ${at * LINES_PER_CHUNK + line}\n`,
  );
  return new TextEncoder().encode(`${lines.join("")}\x1enonce PONG\n`);
}

const CHUNKS_OF_A_STEP = Array.from({ length: CHUNKS }, (_, at) => chunk(at));

function step(): WorkerProcess {
  const source = ReadableStream.from(CHUNKS_OF_A_STEP);
  const output = new AgentStream(source, { prefixes: ["nonce"], onFrame() {}, onNoise() {} });
  output.begin();
  return {
    pid: 1,
    placement: Promise.resolve({ node: "n1" }),
    stdout: output.stream,
    stderr: ReadableStream.from<Uint8Array>([]),
    status: output.ended(60_000).then(() => ({ kind: "exited", code: 0 })),
    kill() {},
    groupIsAlive: () => false,
  };
}

const launcher: Launcher = { launch: step };
const lines = steps * CHUNKS * LINES_PER_CHUNK;
const executor = new SubprocessExecutor({ totalItems: lines, numWorkers: steps }, () => ["x"], {
  launcher,
});
const start = performance.now();
const { ok } = await executor.run();
if (!ok) throw new Error("a step failed");
const rate = 1000 * lines / (performance.now() - start);
console.log(JSON.stringify({ percent: 100 * steps * LINES_PER_SECOND / rate }));
