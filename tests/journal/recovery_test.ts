// What a resume starts with must be what the reduce of the same events says.
import { JournalError } from "@lambdawaker/executor/journal";
import { INITIAL_STATE, reduce } from "@lambdawaker/executor/events";
import { Recovery } from "../../src/journal/recovery.ts";
import type { RunEvent } from "@lambdawaker/executor";
import { countDone, countsOf, DONE_STATUSES } from "../../src/model/statuses.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { forSeeds } from "../helpers/random.ts";
import { randomEvents } from "../helpers/random_job.ts";

function recover(events: readonly RunEvent[]): Recovery {
  const recovery = new Recovery();
  for (const event of events) recovery.take(event);
  recovery.end();
  return recovery;
}

Deno.test("of random jobs, as much is done as their reduce says", async () => {
  await forSeeds(200, async (random) => {
    const { events, config } = await randomEvents(random);
    const { counts, doneItems } = events.reduce(reduce, INITIAL_STATE);
    const resumed = recover(events).resumed(config.retryFrom!);
    assertEquals(resumed.counts, countsOf(DONE_STATUSES, (status) => counts[status]));
    assertEquals(resumed.doneItems, doneItems);
  });
});

Deno.test("wherever a run is cut off, what was done stays done, and no range is forgotten", async () => {
  await forSeeds(40, async (random) => {
    const { events, config } = await randomEvents(random);
    for (let length = 1; length <= events.length; length++) {
      const prefix = events.slice(0, length);
      const state = prefix.reduce(reduce, INITIAL_STATE);
      const { counts } = recover(prefix).resumed(config.retryFrom!);
      const done = countDone(counts);
      const ended = countDone(state.counts);
      // An attempt that ended well may lack its range-ended, or have said its last checkpoint.
      assert(done >= ended && done <= ended + state.workers.length, `${done} of ${ended}`);
    }
  });
});

Deno.test("of random jobs made of strings, as many items are done as their reduce says", async () => {
  await forSeeds(200, async (random) => {
    const { events, config } = await randomEvents(random, { ofItems: true });
    const recovery = recover(events);
    recovery.settle({ reportsWritten: false });
    const { itemsDone } = recovery;
    const done = Array.from(config.items as string[]).filter((item) => itemsDone.claim(item));
    const state = events.reduce(reduce, INITIAL_STATE);
    assertEquals(done.length, state.doneItems);
  });
});

const started = (change: object = {}): RunEvent => ({
  v: 2,
  t: 1,
  kind: "run-started",
  runId: "0000000a-0000-4000-8000-000000000000",
  totalItems: 10,
  ranges: 2,
  numWorkers: 1,
  maxRetries: 0,
  retryFrom: "checkpoint",
  ...change,
});
const ref = { v: 2, t: 2, worker: 0, range: 1, attempt: 1 } as const;
const attempt: RunEvent = {
  ...ref,
  kind: "attempt-started",
  attemptId: "0000000a-0000-4000-8000-000000000000.1.1",
  startIndex: 5,
  endIndex: 10,
  maxAttempt: 1,
};
const said = (done: number): RunEvent => ({ ...ref, kind: "progress", done });
const ranges = [
  { index: 0, startIndex: 0, endIndex: 5 },
  { index: 1, startIndex: 5, endIndex: 10 },
];

Deno.test("the checkpoint of an attempt that nobody saw end counts, as far as it can be believed", () => {
  const next = (...events: RunEvent[]) => {
    const recovery = recover([started(), attempt, ...events]);
    return Array.from(recovery.outstanding("checkpoint"), ({ nextIndex }) => nextIndex);
  };
  assertEquals(next(), [0, 5]);
  assertEquals(next(said(3)), [0, 8]);
  assertEquals(next(said(3), said(2)), [0, 7]);
  assertEquals(next(said(5)), [0], "all of it: FINISHED");
  assertEquals(next(said(99)), [0, 5], "more than there is");
});

Deno.test("without checkpoints, a range begins anew", () => {
  const recovery = recover([started({ retryFrom: "start" }), attempt, said(5)]);
  const left = Array.from(recovery.outstanding("checkpoint"));
  assertEquals(left[1], { ...ranges[1]!, nextIndex: 5, attempts: 1 });
});

Deno.test("events that do not follow from those before are refused", () => {
  const cases: [RunEvent[], string][] = [
    [[attempt], "comes before any event run-started"],
    [[started({ ranges: 11 })], "splits 10 items into a wrong number of ranges: 11"],
    [[started(), started({ totalItems: 9 })], "begins a run of another job: the number of items"],
    [
      [started(), { ...ref, range: 2, kind: "progress", done: 1 }],
      "has an event of range 2, but the job has 2",
    ],
    [[started(), { ...attempt, startIndex: 4 }], "has item 4, but range 1 has items 5 to 9"],
  ];
  for (const [events, words] of cases) assertThrows(() => recover(events), Error, words);
});

Deno.test("attempts are unfinished until their range is done, in whichever run", () => {
  const attempt = (runId: string, range: number, number: number): RunEvent => ({
    v: 2,
    t: 1,
    kind: "attempt-started",
    worker: 0,
    range,
    attempt: number,
    attemptId: `${runId}.${range}.${number}`,
    startIndex: 5 * range,
    endIndex: 5 * range + 5,
    maxAttempt: 2,
  });
  const end = (range: number, number: number, status: "SUCCESS" | "FAILED"): RunEvent => ({
    ...{ v: 2, t: 1, kind: "attempt-ended", worker: 0, range, attempt: number, status },
    progress: 0,
  });
  const recovery = recover([
    started({ runId: "a" }),
    attempt("a", 0, 1),
    end(0, 1, "FAILED"),
    attempt("a", 1, 1),
    end(1, 1, "FAILED"),
    attempt("a", 1, 2),
    started({ runId: "b" }),
    attempt("b", 0, 2),
    end(0, 2, "SUCCESS"),
  ]);
  assertEquals(recovery.left.of(["a", "b"]).unfinished, ["a.1.1", "a.1.2"]);
  // The executor of a run that is not named may live.
  assertEquals(recovery.left.of(["b"]).unfinished, []);
});

Deno.test("the last process of a resident worker is unfinished until its run has ended", () => {
  const attempt = (range: number, process: number): RunEvent => ({
    v: 2,
    t: 1,
    kind: "attempt-started",
    worker: 0,
    range,
    attempt: 1,
    attemptId: `a.${range}.1`,
    startIndex: 5 * range,
    endIndex: 5 * range + 5,
    maxAttempt: 1,
    process,
  });
  const end = (range: number): RunEvent => ({
    ...{ v: 2, t: 1, kind: "attempt-ended", worker: 0, range, attempt: 1, status: "SUCCESS" },
    progress: 5,
  });
  const events: RunEvent[] = [
    started({ runId: "a" }),
    attempt(0, 1),
    end(0),
    attempt(1, 2),
    end(1),
  ];
  assertEquals(recover(events).left.of(["a"]).unfinished, ["a.w0.2"]);
  const next = started({ runId: "b" });
  assertEquals(recover([...events, next]).left.of(["a", "b"]).unfinished, ["a.w0.2"]);
  const over: RunEvent = { v: 2, t: 1, kind: "run-ended" };
  assertEquals(recover([...events, next, over]).left.of(["a", "b"]).unfinished, []);
});

Deno.test("an attempt has the id of its run, range and number, and no other", () => {
  const other = crypto.randomUUID();
  const own = (attempt as { attemptId: string }).attemptId;
  for (
    const attemptId of [`${other}.1.1`, own.replace(".1.1", ".0.1"), own.replace(".1.1", ".1.2")]
  ) {
    assertThrows(
      () => recover([started(), { ...attempt, attemptId } as RunEvent]),
      JournalError,
      `has the attempt id ${attemptId}, but must have ${own}`,
    );
  }
});
