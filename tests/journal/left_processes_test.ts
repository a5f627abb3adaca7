import { assertEquals } from "@std/assert";
import type { RunEvent } from "@lambdawaker/executor";
import type { ProcessExit } from "@lambdawaker/executor/events";
import { InFlightAttempts, LeftProcesses } from "../../src/journal/left_processes.ts";

/** What is left after events of which only so much counts. */
function left(...events: Partial<RunEvent>[]) {
  const attempts = new InFlightAttempts();
  for (const event of events) attempts.take(event as RunEvent);
  return attempts.all;
}

const started = { kind: "run-started", runId: "a" } as const;
const again = { kind: "run-started", runId: "b" } as const;
const begin = (range: number) => ({ kind: "attempt-started", range, attempt: 1 }) as const;
const spawned = (range: number, node: string) =>
  ({ kind: "spawned", range, attempt: 1, node, engineId: `7.${range}` }) as const;
const end = (range: number) => ({ kind: "attempt-ended", range, attempt: 1 }) as const;

Deno.test("attempts that were not seen to end may be where they were", () => {
  const begun = [started, begin(0), spawned(0, "n1"), begin(1), spawned(1, "n2"), begin(2)];
  assertEquals(left(...begun, end(0)), [{ node: "n2", id: "7.1", runId: "a" }, { runId: "a" }]);
  assertEquals(left(...begun, { kind: "run-ended" }), []);
});

Deno.test("another attempt at a range is another attempt", () => {
  const second = { kind: "attempt-started", range: 0, attempt: 2 } as const;
  assertEquals(left(started, begin(0), second).length, 2);
  assertEquals(left(started, begin(0), second, end(0)).length, 1);
  assertEquals(left(started, begin(0), end(0), second, { ...second, kind: "attempt-ended" }), []);
});

Deno.test("a later run has waited for them once it works, not before", () => {
  const before = [started, begin(0), spawned(0, "n1"), again];
  const first = { node: "n1", id: "7.0", runId: "a" };
  assertEquals(left(...before), [first]);
  assertEquals(
    left(...before, begin(1)),
    [first, { runId: "b" }],
    "it may not be able to start it",
  );
  const exit = { kind: "launch-failed", reason: "its launcher cannot be opened" } as const;
  const failed = [...before, begin(1), { ...end(1), exit }];
  assertEquals(left(...failed), [first]);
  assertEquals(left(...failed, { kind: "run-ended" }), [first]);
  const works = [...before, begin(1), spawned(1, "n2")];
  assertEquals(left(...works), [{ node: "n2", id: "7.1", runId: "b" }]);
  assertEquals(left(...before, { kind: "run-stopping" }, { kind: "run-ended" }), [first]);
});

Deno.test("an attempt has left something in each process of a resident worker that took its range", () => {
  const attempts = new LeftProcesses();
  const take = (event: Partial<RunEvent>) => attempts.take(event as RunEvent);
  const of = { range: 3, attempt: 1, worker: 2 };
  take(started);
  take({ ...of, kind: "attempt-started", attemptId: "a.3.1", process: 1 });
  take({ ...of, kind: "spawned", process: 1 });
  take({ ...of, kind: "spawned", process: 2 });
  take({ ...of, range: 4, kind: "attempt-started", attemptId: "a.4.1" });
  take({ ...of, range: 4, kind: "spawned" });
  assertEquals(attempts.of(["a"]).unfinished, ["a.w2.1", "a.w2.2", "a.4.1"]);
  take({ ...of, kind: "attempt-ended", status: "SUCCESS" });
  // The last process of the worker lives on between its ranges.
  assertEquals(attempts.of(["a"]).unfinished, ["a.4.1", "a.w2.2"]);
  take({ kind: "run-ended" });
  assertEquals(attempts.of(["a"]).unfinished, ["a.4.1"]);
});

Deno.test("a run that can start nothing has not ended the resident workers of the one before", () => {
  const attempts = new LeftProcesses();
  const take = (event: Partial<RunEvent>) => attempts.take(event as RunEvent);
  const of = (runId: string, range: number) => ({
    range,
    attempt: 1,
    worker: 0,
    attemptId: `${runId}.${range}.1`,
    process: 1,
  });
  take(started);
  take({ ...of("a", 0), kind: "attempt-started" });
  take({ ...of("a", 0), kind: "spawned" });
  take({ ...of("a", 0), kind: "attempt-ended", status: "SUCCESS" });
  take(again);
  take({ ...of("b", 1), kind: "attempt-started" });
  take({
    ...of("b", 1),
    kind: "attempt-ended",
    status: "CRASHED",
    exit: { kind: "launch-failed", reason: "" },
  });
  assertEquals(attempts.of(["a", "b"]).unfinished, ["b.w0.1", "a.w0.1"]);
  take({ kind: "run-ended" });
  assertEquals([attempts.mayLiveOn(["a"]), attempts.mayLiveOn(["b"])], [true, false]);
  take({ kind: "run-started", runId: "c" });
  take({ ...of("c", 1), kind: "attempt-started" });
  take({ ...of("c", 1), kind: "spawned" });
  assertEquals([attempts.mayLiveOn(["a"]), attempts.mayLiveOn(["c"])], [false, true]);
});

Deno.test("an attempt that has done its range may have left something in its group, until its run has ended", () => {
  const finished = (...events: Partial<RunEvent>[]) => {
    const attempts = new LeftProcesses();
    for (const event of events) attempts.take(event as RunEvent);
    return attempts.of(["a"]).finished;
  };
  const of = (range: number, more: Partial<RunEvent>) =>
    ({ range, attempt: 1, worker: 0, ...more }) as Partial<RunEvent>;
  const run = (range: number, end: { status?: "FAILED"; leftGroup?: number }) => [
    of(range, { kind: "attempt-started", attemptId: `a.${range}.1` }),
    of(range, { kind: "attempt-ended", status: "SUCCESS", ...end }),
    of(range, { kind: "range-ended", status: end.status ?? "SUCCESS" }),
  ];
  const done = [started, ...run(0, { leftGroup: 70 }), ...run(1, {}), ...run(2, { leftGroup: 72 })];
  const both = [{ attemptId: "a.0.1", group: 70 }, { attemptId: "a.2.1", group: 72 }];
  assertEquals(finished(...done), both);
  assertEquals(finished(...done, of(0, { kind: "leaked", forced: false })), [both[1]!]);
  assertEquals(finished(...done, again), both, "the next run has ended nothing yet");
  assertEquals(finished(...done, again, begin(3)), both, "it may not be able to start anything");
  assertEquals(finished(...done, again, begin(3), spawned(3, "n1")), []);
  const ended = (exit?: ProcessExit) =>
    of(3, { kind: "attempt-ended", status: "CRASHED", ...(exit && { exit }) });
  const failing = (
    exit?: ProcessExit,
  ) => [again, begin(3), ended(exit), of(3, { kind: "range-ended", status: "CRASHED" })];
  assertEquals(finished(...done, ...failing({ kind: "exited", code: 1 })), []);
  assertEquals(finished(...done, ...failing({ kind: "lost", reason: "its node is gone" })), []);
  // Without a launcher, nothing of before was ended.
  for (
    const exit of [{ kind: "launch-failed", reason: "it cannot be opened" } as const, undefined]
  ) {
    assertEquals(finished(...done, ...failing(exit)), both);
    assertEquals(finished(...done, ...failing(exit), { kind: "run-ended" }), both);
  }
  assertEquals(finished(...done, { kind: "run-ended" }), []);
  assertEquals(finished(...done, again, { kind: "run-ended" }), []);
  const stopped = [again, { kind: "run-stopping" }, { kind: "run-ended" }] as const;
  assertEquals(finished(...done, ...stopped), both, "the next run was stopped before it could");
  assertEquals(finished(...done, { kind: "run-stopping" }, { kind: "run-ended" }), []);
  const unable = [again, { kind: "warning", isUnwritten: true }, { kind: "run-ended" }] as const;
  assertEquals(finished(...done, ...unable), both, "the next run had no launcher to look for them");
  assertEquals(finished(...done, again, { kind: "warning" }, { kind: "run-ended" }), []);
  assertEquals(finished(started, ...run(0, { status: "FAILED", leftGroup: 70 })), []);
});

Deno.test("of a run that records ends only, all may be left that is not done, until the run has ended", () => {
  const endsOnly = (...events: Partial<RunEvent>[]) => {
    const attempts = new LeftProcesses();
    for (const event of events) attempts.take(event as RunEvent);
    const runs = attempts.of(["a"]).endsOnly;
    assertEquals(attempts.mayLiveOn(["a"]), runs.length > 0);
    return runs.map(({ runId, done }) => [runId, done.has(0), done.has(1)]);
  };
  const done = { kind: "range-ended", range: 0, attempt: 1, status: "SUCCESS" } as const;
  const failed = { ...done, range: 1, status: "FAILED" } as const;
  const record = [{ ...started, endsOnly: true }, done, failed];
  assertEquals(endsOnly(...record), [["a", true, false]]);
  assertEquals(endsOnly(...record, { kind: "run-ended" }), []);
  assertEquals(endsOnly(...record, again), [["a", true, false]]);
  assertEquals(endsOnly(...record, again, begin(1), spawned(1, "n1")), []);
  assertEquals(endsOnly(started, done), [], "a journal has all attempts");
});
