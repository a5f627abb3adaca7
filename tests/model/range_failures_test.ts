import { assertEquals } from "@std/assert";
import type { EventBody } from "../../src/model/event_body.ts";
import { FORMAT_VERSION, type RunEvent } from "../../src/model/events.ts";
import { failureOf } from "../../src/model/range_failures.ts";
import { reduce } from "../../src/model/reduce.ts";
import { INITIAL_STATE, type RunState } from "../../src/model/state.ts";

const event = (body: EventBody): RunEvent => ({ v: FORMAT_VERSION, t: 0, ...body } as RunEvent);

/** The events of a range with one item that ends. */
function eventsOf(range: number, status: "FAILED" | "SUCCESS"): RunEvent[] {
  const ref = { worker: 0, range, attempt: 1 };
  const [startIndex, endIndex] = [range, range + 1];
  const cause = status === "FAILED" ? { kind: "exit", code: 3 } as const : undefined;
  return [
    { kind: "attempt-started", ...ref, attemptId: "a.0.1", startIndex, endIndex, maxAttempt: 1 },
    { kind: "message", ...ref, text: `message ${range}` },
    { kind: "log", ...ref, lines: Array.from({ length: 30 }, (_, at) => `line ${at}`) },
    { kind: "attempt-ended", ...ref, status, cause, progress: 0 },
    { kind: "range-ended", ...ref, status, cause, startIndex, endIndex, nextIndex: startIndex },
  ].map((body) => event(body as EventBody));
}

Deno.test("failureOf() returns what the state keeps, and goes on after the first thousand", () => {
  let state: RunState = reduce(
    INITIAL_STATE,
    event({
      kind: "run-started",
      runId: "a",
      totalItems: 2_000,
      ranges: 2_000,
      numWorkers: 1,
      maxRetries: 0,
      retryFrom: "start",
    } as EventBody),
  );
  for (let range = 0; range < 1_030; range++) {
    const status = range % 100 === 99 ? "SUCCESS" : "FAILED";
    for (const event of eventsOf(range, status)) {
      state = reduce(state, event);
      const failure = failureOf(event, state);
      if (event.kind !== "range-ended" || status === "SUCCESS") {
        assertEquals(failure, undefined);
      } else if (state.counts.FAILED <= 1_000) assertEquals(failure, state.failures.at(-1));
      else assertEquals([failure?.message, failure?.log.length], [`message ${range}`, 20]);
    }
  }
  assertEquals([state.failures.length, state.counts.FAILED], [1_000, 1_020]);
});
