// The state of a resident worker's process, from the events of real runs.
import { INITIAL_STATE, reduce } from "@lambdawaker/executor/events";
import type { RunEvent, TaskConfig, WorkerState } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { ofKind, runJob } from "../helpers/run_job.ts";
import { RESIDENT_WORKER } from "../helpers/run_resident.ts";

/** Runs six items in ranges of one. */
function run(script: string, config: Partial<TaskConfig> = {}) {
  return runJob(
    { totalItems: 6, chunkSize: 1, numWorkers: 1, resident: true, retryDelay: 1, ...config },
    () => ["sh", RESIDENT_WORKER, script],
  );
}

/** Returns the process of the worker after each event of a kind. */
function processesAfter(events: readonly RunEvent[], kind: RunEvent["kind"]) {
  let state = INITIAL_STATE;
  return events.flatMap((event) => {
    state = reduce(state, event);
    return event.kind === kind ? [state.workers[0]!.process] : [];
  });
}

const numbers = (processes: readonly WorkerState["process"][]) =>
  processes.map((process) => process && [process.number, process.ranges]);

Deno.test("a resident process counts the ranges that it has done, and its age from its start", async () => {
  const { events, ...result } = await run("answer SUCCESS");
  const processes = processesAfter(events, "attempt-ended");
  assertEquals(numbers(processes), [1, 2, 3, 4, 5, 6].map((ranges) => [1, ranges]));
  const { t } = ofKind({ events, ...result }, "spawned")[0]!;
  assertEquals(new Set(processes.map((process) => process?.startedAt)), new Set([t]));
});

Deno.test("a range that has failed is not counted as done, and its process stays", async () => {
  const { events } = await run("[ $start = 2 ] && answer FAILED || answer SUCCESS");
  assertEquals(numbers(processesAfter(events, "attempt-ended")).slice(1, 4), [
    [1, 2],
    [1, 2],
    [1, 3],
  ]);
});

Deno.test("a process that crashed is gone, and the next one begins anew", async () => {
  const { events, ...result } = await run("[ $id = 3 ] && exit 1; answer SUCCESS", {
    maxRetries: 1,
  });
  assertEquals(numbers(processesAfter(events, "attempt-ended")).slice(0, 4), [
    [1, 1],
    [1, 2],
    undefined,
    [2, 1],
  ]);
  const spawned = ofKind({ events, ...result }, "spawned");
  const started = processesAfter(events, "attempt-ended").map((process) => process?.startedAt);
  assertEquals([started[1], started[3]], [spawned[0]!.t, spawned[1]!.t]);
});

Deno.test("each process of a short lifespan counts its own ranges", async () => {
  const { events } = await run("answer SUCCESS", { lifespan: 2 });
  const ended = numbers(processesAfter(events, "attempt-ended"));
  assertEquals(ended, [[1, 1], [1, 2], [2, 1], [2, 2], [3, 1], [3, 2]]);
});

Deno.test("a worker with a process for each range has no such process", async () => {
  const { events } = await runJob({ totalItems: 2, numWorkers: 1 }, () => ["true"]);
  assertEquals(processesAfter(events, "attempt-ended"), [undefined]);
});

Deno.test("the age of a process leaves out the time for which the run was suspended", async () => {
  const { events } = await run("answer SUCCESS");
  const at = events.findIndex(({ kind }) => kind === "spawned") + 1;
  const { t } = events[at - 1]!;
  const state = [
    ...events.slice(0, at),
    { v: 2, t: t + 10, kind: "run-suspended" } as const,
    { v: 2, t: t + 60, kind: "run-continued" } as const,
  ].reduce(reduce, INITIAL_STATE);
  assertEquals(state.workers[0]!.process?.startedAt, t + 50);
});
