import { assertEquals } from "@std/assert";
import { rangesText, splitFailures } from "../../../../src/report/page/client/failures.ts";
import { MadeUp } from "../../made_up.ts";

Deno.test("failures are split by whether their range was tried again", () => {
  const history = new MadeUp()
    .run(0, { ranges: 3, numWorkers: 1 })
    .start(0, [0, 0, 1]).end(1, [0, 0, 1], { cause: { kind: "exit", code: 1 }, again: true })
    .start(2, [0, 0, 2]).end(3, [0, 0, 2], { cause: { kind: "exit", code: 1 } })
    .start(4, [0, 1, 1]).end(5, [0, 1, 1], { cause: { kind: "exit", code: 1 } })
    .start(6, [0, 2, 1]).end(7, [0, 2, 1], { cause: { kind: "exit", code: 1 }, again: true })
    .start(8, [0, 2, 2]).end(9, [0, 2, 2])
    .history();
  const { final, retried } = splitFailures(history);
  const texts = (failures: typeof final) =>
    failures.map(({ attempts }) => rangesText(attempts, history));
  assertEquals(texts(final), ["items 0–9, 10–19 (2 ranges), attempts 1, 2"]);
  assertEquals(texts(retried), ["items 0–9, 20–29 (2 ranges), attempt 1"]);
});

Deno.test("a range that a later run finished is not a failure any more", () => {
  const run = new MadeUp()
    .run(0, { ranges: 1, numWorkers: 1 })
    .start(0, [0, 0, 1]).end(1, [0, 0, 1], { cause: { kind: "exit", code: 1 } })
    .at(2, { kind: "run-ended" });
  assertEquals(splitFailures(run.history()).final.length, 1);
  run.run(10, { ranges: 1, numWorkers: 1 }).start(11, [0, 0, 2]).end(12, [0, 0, 2]);
  const { final, retried } = splitFailures(run.history());
  assertEquals([final.length, retried.length], [0, 1]);
});

const EXIT = { kind: "exit", code: 1 } as const;

/** A run whose ranges are strings: each ends as it is told, under the numbers from `first` on. */
function listRun(job: MadeUp, t: number, ends: [item: string, isBad: boolean][], first: number) {
  job.at(t, {
    ...{ kind: "run-started", runId: "0000000a-0000-4000-8000-000000000000", totalItems: 3 },
    ...{ ranges: 3, items: "counted", numWorkers: 1, maxRetries: 0, retryFrom: "start" },
  });
  for (const [index, [item, isBad]] of ends.entries()) {
    const ref = { worker: 0, range: first + index, attempt: 1 };
    const span = { startIndex: index, endIndex: index + 1, items: [item] };
    const how = isBad ? { status: "FAILED", cause: EXIT } as const : { status: "SUCCESS" } as const;
    const attemptId = `0000000a-0000-4000-8000-000000000000.${ref.range}.1`;
    const nextIndex = isBad ? index : index + 1;
    const at = t + 1 + 2 * index;
    job.at(at, { kind: "attempt-started", ...ref, attemptId, ...span, maxAttempt: 1 });
    job.at(at + 1, { kind: "attempt-ended", ...ref, ...how, progress: 0 });
    job.at(at + 1, { kind: "range-ended", ...ref, ...how, ...span, nextIndex });
  }
  return job.at(t + 20, { kind: "run-ended" });
}

Deno.test("strings that a later run has done under other numbers are repaired", () => {
  const job = listRun(new MadeUp(), 0, [["a", true], ["b", false], ["c", true]], 0);
  const { final } = splitFailures(job.history());
  assertEquals(final.map(({ attempts, repaired }) => [attempts, repaired]), [[[0, 2], 0]]);
  // The list has grown at its start, and c fails again.
  listRun(job, 100, [["new", false], ["a", false], ["c", true]], 3);
  const history = job.history();
  const later = splitFailures(history);
  const names = (failures: typeof final) =>
    failures.map(({ attempts, repaired }) => [rangesText(attempts, history), repaired]);
  assertEquals(names(later.final), [["item 2: c, attempt 1", 0]]);
  assertEquals(names(later.retried), [["item 0: a, 2: c (2 ranges), attempt 1", 1]]);
});

Deno.test("an item that failed in the same way in two runs is named once", () => {
  const job = listRun(new MadeUp(), 0, [["a", true]], 0);
  listRun(job, 100, [["a", true]], 3);
  listRun(job, 200, [["a", false]], 6);
  const history = job.history();
  const { final, retried } = splitFailures(history);
  assertEquals(final, []);
  assertEquals(retried.map(({ attempts }) => rangesText(attempts, history)), [
    "item 0: a, attempt 1",
  ]);
});

Deno.test("a failure whose next attempt ended well is repaired", () => {
  const history = new MadeUp()
    .run(0, { ranges: 2, numWorkers: 1 })
    .start(0, [0, 0, 1]).end(1, [0, 0, 1], { cause: EXIT, again: true })
    .start(2, [0, 0, 2]).end(3, [0, 0, 2])
    .start(4, [0, 1, 1]).end(5, [0, 1, 1], { cause: EXIT, again: true })
    .start(6, [0, 1, 2]).end(7, [0, 1, 2], { cause: { kind: "timeout" } })
    .history();
  const { final, retried } = splitFailures(history);
  assertEquals(final.map(({ repaired }) => repaired), [0]);
  assertEquals(retried.map(({ attempts, repaired }) => [attempts.length, repaired]), [[2, 1]]);
});
