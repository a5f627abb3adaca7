import { assert, assertEquals } from "@std/assert";
import { INITIAL_STATE, reduce, summarize } from "@lambdawaker/executor/events";
import { HistoryBuilder } from "../../../src/report/history/history_builder.ts";
import { computeTotals } from "../../../src/report/history/totals.ts";
import { judge } from "../../../src/report/history/verdict.ts";
import { forSeeds } from "../../helpers/random.ts";
import { randomEvents } from "../../helpers/random_job.ts";
import { MadeUp } from "../made_up.ts";

Deno.test("totals: busy time, efficiency, straggler, and the longest range against the median", () => {
  const history = new MadeUp()
    .run(0, { ranges: 4, numWorkers: 2 })
    .start(0, [0, 0, 1]).end(100, [0, 0, 1])
    .start(0, [1, 1, 1]).end(200, [1, 1, 1], { cause: { kind: "exit", code: 1 }, again: true })
    .start(300, [1, 1, 2]).end(400, [1, 1, 2])
    .start(100, [0, 2, 1]).end(200, [0, 2, 1])
    .start(400, [1, 3, 1]).end(1000, [1, 3, 1])
    .at(1000, { kind: "run-ended" })
    .history();
  const { straggler, ...totals } = computeTotals(history);
  assertEquals(totals, {
    wallMs: 1000,
    busyMs: 1100,
    efficiency: 0.55,
    attempts: 5,
    retries: 1,
    failedAttempts: 1,
    itemsPerSecond: 40,
    longest: { range: 3, ms: 600, medianMs: 100 },
  });
  assertEquals([straggler?.attempt.worker, straggler?.attempt.range], [1, 3]);
  assertEquals([straggler?.aloneMs, straggler?.idleMs], [800, 800]);
});

Deno.test("totals of a run that goes on count up to now", () => {
  const run = new MadeUp().run(0, { ranges: 2, numWorkers: 2 }).start(0, [0, 0, 1]);
  const { wallMs, busyMs, efficiency, straggler } = computeTotals(
    run.builder().history(run.events[0]!.t + 500),
  );
  assertEquals([wallMs, busyMs, efficiency, straggler], [500, 500, 0.5, undefined]);
});

Deno.test("efficiency follows the size of the pool", () => {
  const history = new MadeUp()
    .run(0, { ranges: 3, numWorkers: 1 })
    .start(0, [0, 0, 1])
    .at(500, { kind: "pool-resized", numWorkers: 3 })
    .start(500, [1, 1, 1]).start(500, [2, 2, 1])
    .end(1000, [0, 0, 1]).end(1000, [1, 1, 1]).end(1000, [2, 2, 1])
    .at(1000, { kind: "run-ended" })
    .history();
  assertEquals(computeTotals(history).efficiency, 1);
});

Deno.test("totals of a run without work have no division by zero", () => {
  const history = new MadeUp().run(0, { ranges: 0, numWorkers: 0 }).at(0, { kind: "run-ended" })
    .history();
  const { efficiency, itemsPerSecond, straggler, longest } = computeTotals(history);
  assertEquals([efficiency, itemsPerSecond, straggler, longest], Array(4).fill(undefined));
});

Deno.test("totals of random jobs agree with their summaries", async () => {
  await forSeeds(100, async (random) => {
    const { events } = await randomEvents(random);
    const history = new HistoryBuilder();
    for (const event of events) history.add(event);
    const summary = summarize(events.reduce(reduce, INITIAL_STATE));
    const { attempts, retries, wallMs, busyMs, efficiency = 0 } = computeTotals(history.history());
    assertEquals([attempts, retries], [summary.attempts, summary.retries]);
    assertEquals(wallMs, summary.duration);
    assert(busyMs >= 0 && efficiency >= 0 && efficiency <= 1, `${efficiency}`);
    assertEquals(judge(history.history()).tone === "good", summary.ok);
  });
});

Deno.test("the verdict counts items, if each range has one, also while the list is not read", () => {
  const run = new MadeUp()
    .at(0, {
      ...{ kind: "run-started", runId: "r", totalItems: 0, ranges: 0, items: "uncounted" },
      ...{ chunkSize: 1, numWorkers: 1, maxRetries: 0, retryFrom: "start" },
    })
    .at(1, { kind: "items-read", totalItems: 3, ranges: 3, isComplete: false })
    .at(20, { kind: "run-ended" });
  assertEquals(judge(run.history()).sentence, "3 of 3 items not done");
});

Deno.test("the verdict follows the run", () => {
  const verdicts = (run: MadeUp) => {
    const { tone, word, sentence } = judge(run.history());
    return [tone, word, sentence];
  };
  const run = new MadeUp().run(0, { ranges: 2, numWorkers: 1 }).start(0, [0, 0, 1]);
  assertEquals(verdicts(run), ["open", "RUNNING", "0 of 20 items done (0%) so far"]);
  run.end(10, [0, 0, 1]);
  run.at(20, { kind: "run-stopping", how: "drain", cause: { kind: "signal", signal: "SIGTERM" } });
  assertEquals(verdicts(run), [
    "open",
    "STOPPING",
    "stopped by SIGTERM: 10 of 20 items done (50%) so far",
  ]);
  run.at(30, { kind: "run-ended" });
  assertEquals(verdicts(run), ["bad", "STOPPED", "stopped by SIGTERM: 1 of 2 ranges not done"]);
  run.run(1000, { ranges: 2, numWorkers: 1, doneRanges: 1 });
  run.start(1000, [0, 1, 1]).end(1010, [0, 1, 1], { cause: { kind: "exit", code: 1 } });
  run.at(1020, { kind: "run-ended" });
  assertEquals(verdicts(run), ["bad", "FAILED", "1 of 2 ranges not done"]);
  run.run(2000, { ranges: 2, numWorkers: 1, doneRanges: 1 });
  run.start(2000, [0, 1, 2]).end(2010, [0, 1, 2]).at(2020, { kind: "run-ended" });
  assertEquals(verdicts(run), ["good", "DONE", "all 20 items done"]);
});
