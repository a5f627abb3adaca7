import { assertEquals } from "@std/assert";
import {
  findProcesses,
  loadedAt,
  processTexts,
} from "../../../../src/report/page/client/processes.ts";
import {
  applyChanges,
  asChanges,
  decodeChanges,
  encodeChanges,
} from "../../../../src/report/history/wire.ts";
import { MadeUp } from "../../made_up.ts";

const EXIT = { kind: "exit", code: 1 } as const;

/** Two workers, the second one of which has crashed and has another process then. */
const RUN = new MadeUp()
  .run(0, { ranges: 6, numWorkers: 2 })
  .start(0, [0, 0, 1], 1).ready(200, [0, 0, 1]).end(300, [0, 0, 1])
  .start(10, [1, 1, 1], 1).end(400, [1, 1, 1], { cause: EXIT, again: true })
  .start(310, [0, 2, 1], 1).end(500, [0, 2, 1])
  .start(500, [1, 1, 2], 2).ready(600, [1, 1, 2]).end(700, [1, 1, 2])
  .start(710, [1, 3, 1], 2);

Deno.test("attempts of one process make one rail, from its start to the end of the last one", () => {
  const history = { ...RUN.history(), now: 1_000 };
  const found = findProcesses(history.attempts, history);
  assertEquals(found, [
    { lane: 0, number: 1, startedAt: 0, readyAt: 200, endedAt: 500, ranges: 2 },
    { lane: 1, number: 1, startedAt: 10, readyAt: 10, endedAt: 400, ranges: 0 },
    { lane: 1, number: 2, startedAt: 500, readyAt: 600, endedAt: 1_000, ranges: 1 },
  ]);
  assertEquals(processTexts(found[0]!), [
    "process 1 · 0.50 s · 2 ranges",
    "process 1 · 0.50 s",
    "1 · 0.50 s",
    "1",
  ]);
});

Deno.test("a process is ready when any of its attempts tells so, and never if it ended before its first answer", () => {
  const launch = { kind: "launch", message: "it ended before its first answer" } as const;
  const history = new MadeUp()
    .run(0, { ranges: 6, numWorkers: 3 })
    // Its first range was stopped while it was loading.
    .start(0, [0, 0, 1], 1).end(100, [0, 0, 1], { cause: { kind: "cancelled" } })
    .start(110, [0, 1, 1], 1).ready(150, [0, 1, 1]).end(200, [0, 1, 1])
    .start(0, [1, 2, 1], 1).end(300, [1, 2, 1], { cause: launch, again: true })
    .start(400, [1, 2, 2], 2)
    // A record of an earlier version, which does not tell when a process is ready.
    .start(0, [2, 3, 1], 1).end(300, [2, 3, 1], { cause: EXIT })
    .history();
  const found = findProcesses(history.attempts, { now: 500 });
  assertEquals(found.map(({ lane, number, readyAt }) => [lane, number, readyAt]), [
    [0, 1, 150],
    [1, 1, undefined],
    [2, 1, 0],
    [1, 2, undefined],
  ]);
});

Deno.test("a process loads until it is ready, and to its end if it never is", () => {
  const process = { lane: 0, number: 1, startedAt: 100, endedAt: 300, ranges: 0 };
  assertEquals([loadedAt(process), loadedAt({ ...process, readyAt: 150 })], [300, 150]);
});

Deno.test("the page gets the processes of a history", () => {
  const history = RUN.history();
  const sent = applyChanges(undefined, decodeChanges(encodeChanges(asChanges(history))));
  assertEquals(findProcesses(sent.attempts, sent), findProcesses(history.attempts, history));
});

Deno.test("processes of two runs are not one, even with the same number", () => {
  const run = new MadeUp()
    .run(0, { ranges: 2, numWorkers: 1 })
    .start(0, [0, 0, 1], 1).end(100, [0, 0, 1]).at(110, { kind: "run-ended" })
    .run(500, { ranges: 2, numWorkers: 1, doneRanges: 1 })
    .start(510, [0, 1, 1], 1).end(600, [0, 1, 1]);
  const history = run.history();
  assertEquals(findProcesses(history.attempts, history).map(({ ranges }) => ranges), [1, 1]);
});

Deno.test("workers with a process for each range have no rails", () => {
  const history = new MadeUp().run(0, { ranges: 1, numWorkers: 1 }).start(0, [0, 0, 1])
    .end(100, [0, 0, 1]).history();
  assertEquals(findProcesses(history.attempts, history), []);
});
