// What grid, plain lines and estimate show of starts that wait, of skipped items and of a forecast.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { estimate, INITIAL_STATE, reduce, type RunState } from "@lambdawaker/executor/events";
import { PlainReporter, type RunEvent } from "@lambdawaker/executor";
import { drawCounts } from "../../src/reporters/grid/header.ts";
import { startWaitText } from "../../src/reporters/wording.ts";
import type { EventBody } from "../../src/model/event_body.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

const RUN_ID = "00000000-0000-4000-8000-000000000000";

function after(...bodies: readonly EventBody[]): RunState {
  return bodies.reduce<RunState>(
    (state, body) => reduce(state, { v: 2, t: 1_000, ...body } as RunEvent),
    INITIAL_STATE,
  );
}

const STARTED: EventBody = {
  kind: "run-started",
  runId: RUN_ID,
  totalItems: 3,
  ranges: 3,
  numWorkers: 2,
  maxRetries: 0,
  retryFrom: "start",
};
const MEMORY: EventBody = {
  kind: "starts-held",
  waitsFor: { kind: "memory", free: 1.2 * 2 ** 30, wanted: 2 ** 31 },
};

function counts(...bodies: readonly EventBody[]): string {
  const row = drawCounts(after(STARTED, ...bodies), { width: 120, now: 1_000 });
  return row.map(({ text }) => text).join("").trimEnd();
}

Deno.test("startWaitText() says what starts wait for", () => {
  const until = 61_500;
  const texts = [
    startWaitText({ kind: "memory", free: 100 << 20, wanted: 2 ** 31 }, 0),
    startWaitText({ kind: "load", threads: 7, limit: 1.6 }, 0),
    startWaitText({ kind: "rate", starts: 50, per: 60_000, until }, 1_000),
    startWaitText({ kind: "delay", until }, 1_000),
    startWaitText({ kind: "delay", until }, 100_000),
  ];
  assertEquals(texts, [
    "waiting for memory: 100 MB free of 2.0 GB",
    "waiting for a lower load: 7 threads at work, limit 1.6",
    "waiting for the rate: 50 starts in 1:00, the next in 1:00",
    "waiting for the delay between starts, the next in 1:00",
    "waiting for the delay between starts, the next in 0:00",
  ]);
});

Deno.test("the grid says what starts wait for, until they are free, paused or stopped", () => {
  const wait = "  waiting for memory: 1.2 GB free of 2.0 GB";
  assertEquals(counts(MEMORY), `items: 3 pending · 0 done${wait}`);
  assertEquals(counts(MEMORY, { kind: "starts-freed" }), "items: 3 pending · 0 done");
  assertStringIncludes(counts(MEMORY, { kind: "run-paused" }), "  paused: no new ranges start");
  const stopping: EventBody = { kind: "run-stopping", how: "drain", cause: { kind: "request" } };
  assertEquals(
    counts(MEMORY, stopping),
    "items: 3 pending · 0 done  finishing: no new ranges start",
  );
  assertEquals(after(STARTED, stopping, MEMORY).startWait, undefined);
  const narrow = drawCounts(after(STARTED, MEMORY), { width: 50, now: 0 });
  assertEquals(
    narrow.map(({ text }) => text).join("").trimEnd(),
    "items: 3 pending · 0 done  waiting: memory",
  );
});

Deno.test("skipped items count as done in state, grid and ETA, and not in the rate", () => {
  const skipped = (range: number): EventBody => ({
    ...{ kind: "range-skipped", range, startIndex: range, endIndex: range + 1, path: "x" },
  });
  const state = after(STARTED, skipped(0), skipped(2));
  assertEquals([state.pending, state.doneItems, state.skipped], [1, 2, 2]);
  assertEquals(counts(skipped(0), skipped(2)), "items: 1 pending · 2 done (2 skipped)");
  assertEquals(estimate(state, 60_000), {});
});

Deno.test("a forecast shares what is left among the workers, and no less than the longest rest", () => {
  const begin = (worker: number, expected: number): EventBody => ({
    kind: "attempt-started",
    ...{
      worker,
      range: worker,
      attempt: 1,
      maxAttempt: 1,
      startIndex: worker,
      endIndex: worker + 1,
    },
    attemptId: `${RUN_ID}.${worker}.1`,
    expected,
  });
  const end = (worker: number): EventBody => ({
    kind: "range-ended",
    ...{ worker, range: worker, attempt: 1, startIndex: worker, endIndex: worker + 1 },
    ...{ status: "SUCCESS", nextIndex: worker + 1 },
  });
  const finish = (state: RunState, { worker, t }: { worker: number; t: number }) => {
    const attempt: EventBody = {
      kind: "attempt-ended",
      ...{ worker, range: worker, attempt: 1, status: "SUCCESS", progress: 1 },
    };
    return [attempt, end(worker)].reduce(
      (before, body) => reduce(before, { v: 2, t, ...body } as RunEvent),
      state,
    );
  };
  const started = { ...STARTED, expected: 10_000 } as EventBody;
  assertEquals(estimate(after(started), 1_000).eta, 5_000);
  const busy = after(started, begin(0, 6_000), begin(1, 1_000));
  assertEquals(estimate(busy, 1_000).eta, 6_000);
  assertEquals(estimate(busy, 5_500).eta, (1_500 + 3_000) / 2);
  assertEquals(estimate(busy, 60_000).eta, 1_500, "a range may take longer");
  const ended = finish(busy, { worker: 1, t: 2_000 });
  assertEquals(estimate(ended, 2_000).eta, 5_000);
  const last = finish(ended, { worker: 0, t: 7_000 });
  assertEquals(estimate(last, 7_000).eta, 1_500);
});

Deno.test("plain lines of progress say what starts wait for", async () => {
  const clock = new FakeClock();
  let text = "";
  const terminal = {
    isTerminal: () => false,
    write(written: string) {
      text += written;
      return Promise.resolve();
    },
  };
  const reporter = new PlainReporter({ terminal, clock } as never);
  const events = [STARTED, MEMORY].map((body) => ({ v: 2, t: clock.now(), ...body }) as RunEvent);
  events.reduce((before, event) => {
    const state = reduce(before, event);
    reporter.report(event, state);
    return state;
  }, INITIAL_STATE);
  await clock.advance(5_000);
  await reporter.close?.();
  assertStringIncludes(text, "0 workers at work · waiting for memory: 1.2 GB free of 2.0 GB");
});
