import { estimate, INITIAL_STATE, reduce, type RunState } from "@lambdawaker/executor/events";
import type { RunEvent } from "@lambdawaker/executor";
import { assert, assertEquals } from "@std/assert";
import { meanRate, remainingMs } from "../../src/model/estimate.ts";

const START = 1_000_000;

/** Makes a state from events whose times are milliseconds after the start. */
class Run {
  state: RunState = INITIAL_STATE;

  constructor(job: object) {
    this.send(0, { kind: "run-started", runId: "r", numWorkers: 4, maxRetries: 0, ...job });
  }

  send(at: number, body: object): this {
    this.state = reduce(this.state, { v: 2, t: START + at, ...body } as RunEvent);
    return this;
  }

  /** Runs a range of one item on a worker, which ends at `at`. */
  item(at: number, range: number, { worker = 0, status = "SUCCESS" } = {}): this {
    const ref = { worker, range, attempt: 1 };
    const items = { startIndex: range, endIndex: range + 1 };
    const nextIndex = range + (status === "SUCCESS" ? 1 : 0);
    this.send(at, { ...ref, ...items, kind: "attempt-started" });
    this.send(at, { ...ref, kind: "attempt-ended", status, progress: 0 });
    return this.send(at, { ...ref, ...items, kind: "range-ended", status, nextIndex });
  }

  at(at: number) {
    return estimate(this.state, START + at);
  }
}

/** A run of one range, whose worker reports its progress. */
function progressing(totalItems: number): Run {
  const ref = { worker: 0, range: 0, attempt: 1 };
  const run = new Run({ totalItems, ranges: 1 });
  return run.send(0, { ...ref, kind: "attempt-started", startIndex: 0, endIndex: totalItems });
}

const progress = (done: number) => ({ worker: 0, range: 0, attempt: 1, kind: "progress", done });

Deno.test("the rate is unknown in the first half second, and while nothing is done", () => {
  assertEquals(progressing(100).send(400, progress(5)).at(400), {});
  assertEquals(progressing(100).at(60_000), {});
});

Deno.test("rate and ETA are those of the items that are done now", () => {
  const run = progressing(1_000).send(2_000, progress(100));
  assertEquals(run.at(2_000), { rate: 50, eta: 18_000 });
});

Deno.test("the rate follows a run that becomes slower", () => {
  const run = progressing(10_000);
  for (let t = 1_000; t <= 60_000; t += 1_000) run.send(t, progress(t / 10));
  for (let t = 61_000; t <= 80_000; t += 1_000) run.send(t, progress(6_000 + (t - 60_000) / 1_000));
  assertEquals(run.at(80_000).rate, 1);
});

Deno.test("a run whose ranges take a minute and report nothing has a steady rate", () => {
  const run = new Run({ totalItems: 400, ranges: 400 });
  const rates: number[] = [];
  for (let range = 0; range < 100; range++) {
    // Four workers, which end some seconds apart.
    const at = 60_000 * (1 + Math.floor(range / 4)) + 2_000 * (range % 4);
    run.item(at, range, { worker: range % 4 });
    if (range >= 12) rates.push(run.at(at + 10_000).rate!);
  }
  const mean = 4 / 60;
  assert(rates.every((rate) => rate > 0.6 * mean && rate < 1.5 * mean), rates.join(" "));
});

Deno.test("the first range that ends counts from the start of the run", () => {
  const run = new Run({ totalItems: 8, ranges: 8 }).item(100_000, 0);
  assertEquals(run.at(100_000), { rate: 0.01, eta: 700_000 });
});

Deno.test("items that failed for good are no more to be done", () => {
  const run = new Run({ totalItems: 100, ranges: 100 });
  for (let range = 0; range < 50; range++) {
    run.item(1_000 * (range + 1), range, { status: range % 2 === 0 ? "SUCCESS" : "FAILED" });
  }
  assertEquals(run.at(50_000), { rate: 1, eta: 50_000 });
});

Deno.test("an attempt that failed takes its items back: there is no rate until they are done again", () => {
  const run = progressing(100).send(1_000, progress(50));
  const ref = { worker: 0, range: 0, attempt: 1 };
  run.send(2_000, { ...ref, kind: "attempt-ended", status: "FAILED", progress: 50 });
  run.send(2_000, { ...ref, kind: "retry-scheduled", delay: 1_000, nextIndex: 0 });
  assertEquals(run.at(2_500), {});
});

Deno.test("what earlier runs have done does not count as the work of this one", () => {
  const resumed = { counts: { SUCCESS: 50, FINISHED: 0 }, doneItems: 50 };
  const run = new Run({ totalItems: 100, ranges: 100, resumed });
  for (let range = 50; range < 60; range++) run.item(1_000 * (range - 49), range);
  assertEquals(run.at(10_000), { rate: 1, eta: 40_000 });
});

Deno.test("items of earlier runs that are found while a list is read do not count either", () => {
  const run = new Run({ totalItems: 0, ranges: 0, items: "uncounted", chunkSize: 1 });
  const resumed = { counts: { SUCCESS: 500, FINISHED: 0 }, doneItems: 500 };
  run.send(900, { kind: "items-read", totalItems: 600, ranges: 600, resumed, isComplete: true });
  run.item(1_000, 500).item(2_000, 501);
  assertEquals(run.at(2_000), { rate: 1, eta: 98_000 });
});

Deno.test("a run whose total is unknown, that is paused, stopped or over has a rate and no ETA", () => {
  const run = () => new Run({ totalItems: 100, ranges: 100 }).item(1_000, 0);
  assertEquals(run().at(1_000), { rate: 1, eta: 99_000 });
  assertEquals(run().send(1_000, { kind: "run-paused" }).at(1_000), { rate: 1 });
  const cause = { kind: "request" };
  const stopping = run().send(1_000, { kind: "run-stopping", how: "drain", cause });
  assertEquals(stopping.at(1_000), { rate: 1 });
  assertEquals(run().send(1_000, { kind: "run-ended" }).at(9_000), { rate: 1 });
  const unknown = new Run({ totalItems: 0, ranges: 0, items: "uncounted" });
  unknown.send(0, { kind: "items-read", totalItems: 9, ranges: 9, isComplete: false });
  assertEquals(unknown.item(1_000, 0).at(1_000), { rate: 1 });
});

Deno.test("time in which a run was suspended is no time", () => {
  const run = new Run({ totalItems: 100, ranges: 100 }).item(1_000, 0);
  run.send(1_000, { kind: "run-suspended" });
  assertEquals(run.at(50_000).rate, 1);
  run.send(60_000, { kind: "run-continued" });
  run.item(61_000, 1);
  assertEquals(run.at(61_000), { rate: 1, eta: 98_000 });
});

Deno.test("a state keeps a bounded number of points, however long the run is", () => {
  const run = progressing(1_000_000);
  let most = 0;
  for (let t = 100; t <= 200_000; t += 100) {
    run.send(t, progress(t));
    most = Math.max(most, run.state.pace.points.length);
  }
  assert(most <= 40, `${most} points`);
  assertEquals(run.at(200_000).rate, 1_000);
});

Deno.test("meanRate() is the rate of the items that were done in the whole run", () => {
  const run = new Run({ totalItems: 100, ranges: 100 }).item(1_000, 0).item(4_000, 1);
  run.item(4_000, 2, { status: "FAILED" });
  assertEquals(meanRate(run.state, START + 4_000), 0.5);
  assertEquals(meanRate(new Run({ totalItems: 1, ranges: 1 }).state, START + 10), undefined);
});

Deno.test("remainingMs() is the time of the items at a rate", () => {
  assertEquals([remainingMs(100, 50), remainingMs(0, 50)], [2_000, 0]);
});
