import { currentItems, INITIAL_STATE, reduce, type RunState } from "@lambdawaker/executor/events";
import type { RunEvent, TaskConfig } from "@lambdawaker/executor";
import type { StopCause } from "../../src/model/types.ts";
import { assert, assertEquals } from "@std/assert";
import { isOfAttempt } from "../../src/model/event_head.ts";
import { countDone, countFailed, isTerminal } from "../../src/model/statuses.ts";
import { isRunning } from "../../src/model/state.ts";
import { forSeeds, Random } from "../helpers/random.ts";
import { randomEvents } from "../helpers/random_job.ts";

function assertInvariants(before: RunState, event: RunEvent, after: RunState, config: TaskConfig) {
  const { totalItems, doneItems, counts, pending, ranges, workers, failures } = after;
  assert(0 <= doneItems && doneItems <= totalItems, `done ${doneItems} of ${totalItems}`);
  const current = currentItems(after);
  assert(doneItems <= current && current <= totalItems, `now ${current} of ${totalItems}`);
  const ended = countDone(counts) + countFailed(counts);
  const active =
    workers.filter((worker) => isRunning(worker) || worker.retryAt !== undefined).length;
  assert(
    ended + pending + active <= ranges,
    `${ended} ended, ${pending} pending, ${active} active`,
  );
  assertEquals(failures.length, countFailed(counts));
  for (const worker of workers) {
    assert(worker.attempt <= (config.maxRetries ?? 0) + 1);
    assert(worker.total >= 0 && worker.log.length <= 200);
  }
  if (event.kind !== "run-started") {
    assert(doneItems >= before.doneItems, "what is safely done was taken back");
    for (const [index, worker] of workers.entries()) {
      const was = before.workers[index]!;
      const hadEnded = was.endedAt !== undefined && was.retryAt === undefined &&
        isTerminal(was.status);
      if (hadEnded && event.kind !== "attempt-started" && event.kind !== "retry-scheduled") {
        const stays = worker.status === was.status ||
          (event.kind === "range-ended" && event.worker === index);
        assert(stays, `${was.status} became ${worker.status} by ${event.kind}`);
      }
    }
  }
}

Deno.test("the events of a random job are the same for the same seed", async () => {
  const strip = ({ events }: { events: RunEvent[] }) =>
    events.map((event) => {
      if (event.kind === "run-started") return { ...event, runId: "" };
      return event.kind === "attempt-started" ? { ...event, attemptId: "" } : event;
    });
  await forSeeds(10, async (_, seed) => {
    const [first, second] = [
      await randomEvents(new Random(seed)),
      await randomEvents(new Random(seed)),
    ];
    assertEquals(strip(first), strip(second));
  });
});

Deno.test("reduce() keeps its invariants for the events of random jobs", async () => {
  await forSeeds(150, async (random) => {
    const { events, config } = await randomEvents(random);
    let state = INITIAL_STATE;
    for (const event of events) {
      const next = reduce(state, event);
      assertInvariants(state, event, next, config);
      state = next;
    }
    const { counts, ranges, stopping, doneItems, totalItems } = state;
    const ended = countDone(counts) + countFailed(counts);
    if (stopping === undefined) assertEquals(ended, ranges, "a range was lost");
    if (countDone(counts) === ranges) assertEquals(doneItems, totalItems);
    assert(!state.workers.some(isRunning), "a worker still runs at the end");
  });
});

Deno.test("each attempt of a random job starts once, ends once, and its range ends once after it", async () => {
  await forSeeds(50, async (random) => {
    const { events } = await randomEvents(random);
    const open = new Map<number, string>();
    const seen = new Set<string>();
    const endedRanges = new Set<number>();
    for (const event of events) {
      if (!isOfAttempt(event)) continue;
      const id = `${event.range}.${event.attempt}`;
      if (event.kind === "attempt-started") {
        assert(!seen.has(id), `attempt ${id} started twice`);
        assert(!open.has(event.worker), "a worker has two ranges");
        assert(!endedRanges.has(event.range), "a range went on after its end");
        seen.add(id);
        open.set(event.worker, id);
      }
      if (event.kind === "attempt-ended") {
        assertEquals(open.get(event.worker), id);
        open.delete(event.worker);
      }
      if (event.kind === "range-ended") {
        assert(!endedRanges.has(event.range), "a range ended twice");
        endedRanges.add(event.range);
      }
    }
    assertEquals(open.size, 0);
  });
});

Deno.test("reduce() changes no state that it was given", async () => {
  await forSeeds(20, async (random) => {
    const { events } = await randomEvents(random);
    let state = INITIAL_STATE;
    for (const event of events) {
      const copy = structuredClone(state);
      const next = reduce(state, event);
      assertEquals(state, copy);
      state = next;
    }
  });
});

Deno.test("reduce() ignores what an attempt says after its end", () => {
  const ref = { worker: 0, range: 0, attempt: 1 };
  const events: RunEvent[] = [
    {
      v: 2,
      t: 1,
      kind: "run-started",
      runId: "r",
      totalItems: 5,
      ranges: 1,
      numWorkers: 1,
      maxRetries: 0,
      retryFrom: "start",
    },
    {
      v: 2,
      t: 2,
      ...ref,
      kind: "attempt-started",
      attemptId: "r.0.1",
      startIndex: 0,
      endIndex: 5,
      maxAttempt: 3,
    },
    {
      v: 2,
      t: 3,
      ...ref,
      kind: "attempt-ended",
      status: "CRASHED",
      cause: { kind: "exit", code: 1 },
      progress: 2,
    },
  ];
  const ended = events.reduce(reduce, INITIAL_STATE);
  for (
    const late of [
      { ...ref, kind: "progress", done: 5 },
      { ...ref, kind: "status", status: "SUCCESS" },
      { ...ref, attempt: 2, kind: "message", text: "late" },
    ] as const
  ) {
    assertEquals(reduce(ended, { v: 2, t: 4, ...late }), ended);
  }
});

Deno.test("reduce() keeps the last 200 log lines of an attempt, and 20 with its failure", () => {
  const ref = { worker: 0, range: 0, attempt: 1 };
  const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`);
  const state = ([
    {
      v: 2,
      t: 1,
      kind: "run-started",
      runId: "r",
      totalItems: 5,
      ranges: 1,
      numWorkers: 1,
      maxRetries: 0,
      retryFrom: "start",
    },
    {
      v: 2,
      t: 2,
      ...ref,
      kind: "attempt-started",
      attemptId: "r.0.1",
      startIndex: 0,
      endIndex: 5,
      maxAttempt: 3,
    },
    { v: 2, t: 3, ...ref, kind: "log", lines: lines.slice(0, 450) },
    { v: 2, t: 4, ...ref, kind: "log", lines: lines.slice(450) },
    {
      v: 2,
      t: 5,
      ...ref,
      kind: "attempt-ended",
      status: "CRASHED",
      cause: { kind: "timeout" },
      progress: 0,
    },
    {
      v: 2,
      t: 6,
      ...ref,
      kind: "range-ended",
      status: "CRASHED",
      cause: "x",
      startIndex: 0,
      endIndex: 5,
      nextIndex: 0,
    },
  ] as RunEvent[]).reduce(reduce, INITIAL_STATE);
  assertEquals(state.workers[0]?.log, lines.slice(300));
  assertEquals(state.failures[0]?.log, lines.slice(480));
});

Deno.test("a run that a signal stopped stays stopped by it, whatever else asks for the same", () => {
  const stop = (cause: StopCause, how: "stop" | "kill" = "stop") =>
    ({ v: 2, t: 1, kind: "run-stopping", how, cause }) as const;
  const int = { kind: "signal", signal: "SIGINT" } as const;
  const term = { kind: "signal", signal: "SIGTERM" } as const;
  const request = { kind: "request" } as const;
  const causeAfter = (...events: RunEvent[]) =>
    events.reduce(reduce, INITIAL_STATE).stopping?.cause;
  assertEquals(causeAfter(stop(int), stop(request, "kill")), int);
  assertEquals(causeAfter(stop(int), stop(term, "kill")), term);
  assertEquals(causeAfter(stop(request), stop(int)), int);
  assertEquals(causeAfter(stop({ kind: "runTimeout" }), stop(request, "kill")), request);
});

Deno.test("the line that was logged last goes with the range of its worker, and no other one", () => {
  const t = 1_000_000;
  let state = INITIAL_STATE;
  const emit = (worker: number, body: Record<string, unknown>) => {
    const ref = { worker, range: worker, attempt: 1, startIndex: worker, endIndex: worker + 1 };
    state = reduce(state, { v: 2, t, nextIndex: worker, ...ref, ...body } as unknown as RunEvent);
    return state.lastLog?.line;
  };
  emit(0, { kind: "run-started", runId: "r", totalItems: 2, ranges: 2, numWorkers: 2 });
  for (const worker of [0, 1]) emit(worker, { kind: "attempt-started", maxAttempt: 2 });
  assertEquals(emit(0, { kind: "log", lines: ["broken"] }), "broken");
  const end = { kind: "attempt-ended", progress: 0 };
  assertEquals(emit(1, { ...end, status: "SUCCESS" }), "broken");
  assertEquals(emit(1, { kind: "range-ended", status: "SUCCESS" }), "broken");
  // While its range waits for the next attempt, the line tells why.
  assertEquals(emit(0, { ...end, status: "CRASHED" }), "broken");
  assertEquals(emit(0, { kind: "retry-scheduled", delay: 10 }), "broken");
  assertEquals(emit(0, { kind: "attempt-started", attempt: 2, maxAttempt: 2 }), undefined);
  assertEquals(emit(0, { kind: "log", attempt: 2, lines: ["fine"] }), "fine");
  assertEquals(emit(0, { ...end, attempt: 2, status: "SUCCESS" }), "fine");
  assertEquals(emit(0, { kind: "range-ended", attempt: 2, status: "SUCCESS" }), undefined);
});

Deno.test("the line that was logged last goes when the run stops its range", () => {
  let state = INITIAL_STATE;
  const emit = (body: Record<string, unknown>) => {
    const ref = { worker: 0, range: 0, attempt: 1, startIndex: 0, endIndex: 1 };
    state = reduce(state, { v: 2, t: 1, ...ref, ...body } as unknown as RunEvent);
  };
  emit({ kind: "run-started", runId: "r", totalItems: 1, ranges: 1, numWorkers: 1 });
  emit({ kind: "attempt-started", maxAttempt: 1 });
  emit({ kind: "log", lines: ["KeyboardInterrupt"] });
  assertEquals(state.lastLog?.line, "KeyboardInterrupt");
  emit({ kind: "attempt-ended", status: "PENDING", cause: { kind: "stopped" }, progress: 0 });
  assertEquals(state.lastLog, undefined);
});
