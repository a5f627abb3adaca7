// Histories, totals and traces agree with the state that the same events lead to.
import { INITIAL_STATE, reduce } from "@lambdawaker/executor/events";
import type { RunEvent } from "@lambdawaker/executor";
import { assert, assertEquals } from "@std/assert";
import type { RunHistory } from "../../../src/report/history/history.ts";
import { HistoryBuilder } from "../../../src/report/history/history_builder.ts";
import { computeTotals } from "../../../src/report/history/totals.ts";
import { toTrace } from "../../../src/report/history/trace.ts";
import { forSeeds } from "../../helpers/random.ts";
import { randomEvents } from "../../helpers/random_job.ts";

function historyOf(events: readonly RunEvent[]): RunHistory {
  const builder = new HistoryBuilder({ title: "Job" });
  let state = INITIAL_STATE;
  for (const event of events) {
    state = reduce(state, event);
    builder.add(event, state);
  }
  return builder.history();
}

Deno.test("attempts, counts, items and failures of random jobs agree with the state", async () => {
  await forSeeds(100, async (random) => {
    const { events } = await randomEvents(random);
    const state = events.reduce(reduce, INITIAL_STATE);
    const history = historyOf(events);
    assertEquals(history.attempts.length, state.attempts);
    assertEquals([history.counts, history.doneItems], [state.counts, state.doneItems]);
    const ended = events.filter(({ kind }) => kind === "attempt-ended");
    assertEquals(
      history.attempts.map(({ range, attempt, status }) => `${range} ${attempt} ${status}`).sort(),
      ended.map((event) =>
        event.kind === "attempt-ended" ? `${event.range} ${event.attempt} ${event.status}` : ""
      ).sort(),
    );
    const failed = history.attempts.filter(({ status }) =>
      status === "FAILED" || status === "CRASHED"
    );
    const grouped = history.failures.flatMap(({ attempts }) => attempts);
    assertEquals(new Set(grouped).size, failed.length);
  });
});

/** Two workers: one has a range of 1 s and one of 4 s, the other one of 2 s that crashes and one of 1 s. */
function sampleEvents(): RunEvent[] {
  const event = (t: number, body: object) => ({ v: 2, t: 1_000_000 + t, ...body }) as RunEvent;
  const start = (t: number, worker: number, range: number, attempt = 1) =>
    event(t, {
      ...{ kind: "attempt-started", worker, range, attempt, maxAttempt: 2 },
      ...{ startIndex: 10 * range, endIndex: 10 * range + 10 },
    });
  const end = (t: number, worker: number, range: number, status: string, attempt = 1) => [
    event(t, {
      ...{ kind: "attempt-ended", worker, range, attempt, status },
      ...{ progress: 10, cause: status === "CRASHED" ? { kind: "exit", code: 3 } : undefined },
    }),
    ...(status === "CRASHED"
      ? [
        event(t, {
          kind: "retry-scheduled",
          worker,
          range,
          attempt,
          delay: 0,
          nextIndex: 10 * range,
        }),
      ]
      : [event(t, {
        ...{ kind: "range-ended", worker, range, attempt, status },
        ...{ startIndex: 10 * range, endIndex: 10 * range + 10, nextIndex: 10 * range + 10 },
      })]),
  ];
  return [
    event(0, {
      ...{ kind: "run-started", runId: "r", totalItems: 30, ranges: 3, numWorkers: 2 },
      ...{ maxRetries: 1, retryFrom: "start", chunkSize: 10 },
    }),
    ...[start(0, 0, 0), start(0, 1, 1)],
    ...[...end(1_000, 0, 0, "SUCCESS"), start(1_000, 0, 2)],
    ...[...end(2_000, 1, 1, "CRASHED"), start(2_000, 1, 1, 2)],
    ...[...end(3_000, 1, 1, "SUCCESS", 2), ...end(5_000, 0, 2, "SUCCESS")],
    event(5_000, { kind: "run-ended" }),
  ];
}

Deno.test("totals: parallel efficiency is busy time ÷ (wall time × workers); the straggler is found", () => {
  const totals = computeTotals(historyOf(sampleEvents()));
  assertEquals([totals.wallMs, totals.busyMs], [5_000, 8_000]);
  assertEquals(totals.efficiency, 0.8);
  assertEquals([totals.attempts, totals.retries, totals.failedAttempts], [4, 1, 1]);
  assertEquals(totals.straggler?.attempt.range, 2);
  assertEquals([totals.straggler?.aloneMs, totals.straggler?.idleMs], [2_000, 2_000]);
  assertEquals(totals.itemsPerSecond, 6);
});

Deno.test("a trace has a thread per worker, and an event per attempt in microseconds", () => {
  const { traceEvents } = toTrace(historyOf(sampleEvents()));
  const spans = traceEvents.filter(({ ph }) => ph === "X");
  assertEquals(spans.length, 4);
  assertEquals(spans.map(({ ts, dur }) => [ts, dur]).sort(), [
    [0, 1e6],
    [0, 2e6],
    [1e6, 4e6],
    [2e6, 1e6],
  ]);
  const names = traceEvents.filter(({ name }) => name === "thread_name");
  assert(names.length >= 2);
  assert(traceEvents.some(({ ph }) => ph === "C"), "a counter of items");
});

Deno.test("attempts of a run that was killed are lost, and time between two runs is left out", () => {
  const events = sampleEvents().slice(0, 5);
  const later = sampleEvents().map((event) => ({ ...event, t: event.t + 3_600_000 }) as RunEvent);
  const history = historyOf([...events, ...later]);
  assertEquals(history.sessions.map(({ isLost }) => isLost), [true, false]);
  assertEquals(history.attempts.filter(({ status }) => status === "LOST").length >= 1, true);
  assert(history.now < 10_000, `${history.now} ms of work`);
});
