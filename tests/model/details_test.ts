// What a state keeps of failures, warnings and workers is bounded; the counts are of all.
import type { RunEvent } from "@lambdawaker/executor";
import { INITIAL_STATE, reduce, type RunState } from "@lambdawaker/executor/events";
import { assert, assertEquals } from "@std/assert";
import { countFailed } from "../../src/model/statuses.ts";

interface Failing {
  ranges: number;
  numWorkers?: number;
  line?: string;
  items?: string[];
}

/** Returns the events of a run in which each range fails. */
function* failing({ ranges, numWorkers = 2, line = "no", items }: Failing): Generator<RunEvent> {
  const at = { v: 2, t: 1 } as const;
  yield {
    ...at,
    ...{ kind: "run-started", runId: "run", totalItems: ranges, ranges, numWorkers },
    ...{ maxRetries: 0, chunkSize: 1, retryFrom: "start" },
  } as RunEvent;
  for (let range = 0; range < ranges; range++) {
    const ref = { ...at, worker: range % 2, range, attempt: 1 };
    const [startIndex, endIndex] = [range, range + 1];
    const where = { startIndex, endIndex, items, maxAttempt: 1 };
    const end = { status: "FAILED", cause: { kind: "launch", message: line } } as const;
    yield { ...ref, ...where, kind: "attempt-started", attemptId: `run.${range}.1` };
    yield { ...ref, kind: "message", text: line };
    yield { ...ref, kind: "log", lines: [line] };
    yield { ...ref, ...end, kind: "attempt-ended", progress: 0 };
    yield { ...ref, ...end, kind: "range-ended", startIndex, endIndex, items, nextIndex: range };
  }
}

function stateOf(events: Iterable<RunEvent>): RunState {
  return Array.from(events).reduce(reduce, INITIAL_STATE);
}

Deno.test("a state keeps the first thousand failures, and counts all", () => {
  const state = stateOf(failing({ ranges: 2_500 }));
  assertEquals(
    state.failures.map(({ range }) => range),
    Array.from({ length: 1_000 }, (_, i) => i),
  );
  assertEquals([state.counts.FAILED, countFailed(state.counts)], [2_500, 2_500]);
});

Deno.test("a failure keeps 1,000 characters of each text", () => {
  const [failure] = stateOf(failing({ ranges: 1, line: "x".repeat(60_000) })).failures;
  const cut = `${"x".repeat(999)}…`;
  assertEquals([failure!.message, failure!.log], [cut, [cut]]);
  assertEquals(failure!.cause, { kind: "launch", message: cut });
});

Deno.test("a cut keeps no half of a pair of surrogates", () => {
  const [failure] = stateOf(failing({ ranges: 1, line: `${"x".repeat(998)}🦕🦕` })).failures;
  assert(failure!.message.isWellFormed());
});

Deno.test("a failure keeps its items, unless they are very long", () => {
  const short = stateOf(failing({ ranges: 1, items: ["a.png"] }));
  assertEquals(short.failures[0]!.items, ["a.png"]);
  const long = stateOf(failing({ ranges: 1, items: ["x".repeat(1_000_000)] }));
  assertEquals(long.failures[0]!.items, undefined);
});

Deno.test("a state keeps the first thousand warnings, and counts the others", () => {
  const warning = { v: 2, t: 1, kind: "warning", text: "w".repeat(5_000) } as const;
  const state = stateOf(Array.from({ length: 1_500 }, () => warning));
  assertEquals([state.warnings.length, state.omittedWarnings], [1_000, 500]);
  assertEquals(state.warnings[0]!.length, 1_000);
});

Deno.test("a pool of a thousand million workers has those that began an attempt", () => {
  const begun = { v: 2, t: 1, worker: 20_000, range: 7, attempt: 1 } as const;
  const state = stateOf([
    ...failing({ ranges: 0, numWorkers: 1e9 }),
    {
      ...begun,
      ...{ kind: "attempt-started", attemptId: "run.7.1", startIndex: 7, endIndex: 8 },
      maxAttempt: 1,
    },
  ]);
  assertEquals([state.numWorkers, state.workers.length], [1e9, 20_001]);
  assertEquals(state.workers[20_000]!.status, "RUNNING");
});
