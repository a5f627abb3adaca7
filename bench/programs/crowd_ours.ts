// Runs ranges of made-up workers, so many of them at once, each of which prints so many signals in turn with the others, and
// tells the time of an event: crowd_ours.ts RANGES WORKERS SIGNALS.
import type { Launcher } from "@lambdawaker/executor/launchers";
import type { ProcessExit } from "@lambdawaker/executor/events";
import { SubprocessExecutor } from "@lambdawaker/executor";
import { ownCpuMs } from "./tenths.ts";

const [ranges = 0, workers = 0, signals = 0] = Deno.args.map(Number);
/** Steps of workers between two waits for their events. */
const STEPS = 64;

const encoder = new TextEncoder();
const lines = Array.from({ length: signals }, (_, index) => `PROGRESS: ${index + 1}\n`);
const nothing = () =>
  new ReadableStream<Uint8Array>({ type: "bytes", start: (controller) => controller.close() });

/** Live workers, as functions that take their next step and return whether they live on. */
const live: (() => boolean)[] = [];
let launched = 0;
const launcher: Launcher = {
  launch() {
    const status = Promise.withResolvers<ProcessExit>();
    let controller: ReadableByteStreamController;
    const stdout = new ReadableStream<Uint8Array>({
      type: "bytes",
      start: (its) => void (controller = its as ReadableByteStreamController),
    });
    let step = 0;
    live.push(() => {
      if (step < signals) {
        controller.enqueue(encoder.encode(lines[step++]));
        return true;
      }
      controller.close();
      controller.byobRequest?.respond(0);
      status.resolve({ kind: "exited", code: 0 });
      return false;
    });
    if (++launched === workers) setTimeout(takeSteps);
    return {
      pid: 1,
      stdout,
      stderr: nothing(),
      status: status.promise,
      kill() {},
      groupIsAlive: () => false,
    };
  },
};

/** Removes a worker. The last one has its place then: to move all others would take longer, the more there are. */
function remove(index: number): void {
  const last = live.pop()!;
  if (index < live.length) live[index] = last;
}

/** The worker that is the next one in turn. */
let next = 0;
/** Steps whose events have not come yet. */
let unseen = 0;
function takeSteps(): void {
  unseen = Math.min(STEPS, live.length);
  for (let step = 0; step < unseen; step++) {
    next %= live.length;
    if (live[next]!()) next++;
    else remove(next);
  }
}

let [events, ended, megabytes] = [0, 0, 0];
const executor = new SubprocessExecutor(
  { totalItems: ranges * signals, chunkSize: signals, numWorkers: workers },
  () => ["none"],
  { launcher },
);
const atStart = Deno.memoryUsage().rss;
const [start, cpuAtStart] = [performance.now(), ownCpuMs()];
const { ok } = await executor.run({
  report({ kind }) {
    events++;
    if (kind !== "range-ended" && kind !== "progress") return;
    if (kind === "range-ended" && ++ended === 1) {
      megabytes = (Deno.memoryUsage().rss - atStart) / 1e6;
    }
    if (--unseen === 0) setTimeout(takeSteps);
  },
});
const [ms, cpuMs] = [performance.now() - start, ownCpuMs() - cpuAtStart];
if (!ok) throw new Error("the run failed");
console.log(JSON.stringify({
  us: 1000 * ms / events,
  cpuUs: 1000 * cpuMs / events,
  kilobytes: 1000 * megabytes / workers,
}));
