// What a resumed run makes of ranges that are done, and whose output was promised.
import type { RunEvent } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { ownIdentity } from "../../src/base/process_identity.ts";
import {
  type PromisedRange,
  type ResumedOutputs,
  settle,
  type Settlement,
} from "../../src/journal/promised_output.ts";
import { Recovery } from "../../src/journal/recovery.ts";

const WRITTEN = { isWritten: true, isLost: false };
const UNWRITTEN = { isWritten: false, isLost: false };
const LOST = { isWritten: false, isLost: true };

type Row = [
  range: Pick<PromisedRange, "isWritten" | "isLost">,
  /** The directories of results, before and now. */
  results: [string | undefined, string | undefined],
  /** Whether the results are whole in the present directory, or, if they are elsewhere, in the earlier one. */
  isWhole: boolean | "elsewhere",
  reportsWritten: boolean,
  settlement: Settlement,
];

const ROWS: readonly Row[] = [
  [WRITTEN, ["/a", "/a"], true, true, "done"],
  [WRITTEN, ["/a", "/a"], false, true, "redo"],
  [WRITTEN, ["/a", "/a"], false, false, "redo"],
  [WRITTEN, ["/a", "/b"], "elsewhere", true, "done"],
  [WRITTEN, ["/a", "/b"], "elsewhere", false, "done"],
  [WRITTEN, ["/a", "/b"], true, true, "done"],
  [WRITTEN, ["/a", "/b"], false, true, "redo"],
  [WRITTEN, [undefined, "/b"], false, true, "done"],
  [WRITTEN, ["/a", undefined], false, false, "done"],
  [UNWRITTEN, [undefined, undefined], false, true, "redo"],
  [UNWRITTEN, [undefined, undefined], false, false, "done"],
  [UNWRITTEN, ["/a", "/a"], true, true, "replay"],
  [UNWRITTEN, ["/a", "/b"], true, true, "replay"],
  [UNWRITTEN, ["/a", "/b"], false, true, "redo"],
  [UNWRITTEN, ["/a", "/b"], "elsewhere", true, "redo"],
  [UNWRITTEN, ["/a", "/a"], true, false, "done"],
  [LOST, [undefined, undefined], false, false, "redo"],
  [LOST, [undefined, undefined], false, true, "redo"],
  [LOST, ["/a", "/a"], true, true, "replay"],
];

Deno.test("a range stays done, is written from its results, or is run again", () => {
  for (const [facts, [before, now], isWhole, reportsWritten, settlement] of ROWS) {
    const range: PromisedRange = {
      index: 0,
      status: "SUCCESS",
      attempts: 1,
      nextIndex: 0,
      results: before,
      ...facts,
    };
    const outputs: ResumedOutputs = {
      results: now === undefined ? undefined : {
        path: now,
        isWhole: (_range, directory = now) =>
          isWhole === "elsewhere" ? directory === before : isWhole && directory === now,
        isBegun: () => false,
        isStopped: () => false,
      },
      reportsWritten,
    };
    assertEquals(settle(range, outputs), settlement, JSON.stringify([facts, before, now, isWhole]));
  }
});

const HEAD = { v: 2, t: 1 } as const;

function startRun(change: object = {}): RunEvent {
  return {
    ...HEAD,
    kind: "run-started",
    runId: "a",
    totalItems: 3,
    ranges: 3,
    chunkSize: 1,
    numWorkers: 1,
    maxRetries: 0,
    retryFrom: "start",
    reportsWritten: true,
    ...change,
  };
}

/** The events of a range that is done. */
function doRange(range: number, attempt = 1): RunEvent[] {
  const ref = { ...HEAD, worker: 0, range, attempt };
  const [startIndex, endIndex] = [range, range + 1];
  return [
    {
      ...ref,
      kind: "attempt-started",
      attemptId: `a.${range}.${attempt}`,
      startIndex,
      endIndex,
      maxAttempt: attempt,
    },
    { ...ref, kind: "attempt-ended", status: "SUCCESS", progress: 1 },
    { ...ref, kind: "range-ended", status: "SUCCESS", startIndex, endIndex, nextIndex: endIndex },
  ];
}

function recover(...events: readonly (RunEvent | RunEvent[])[]): Recovery {
  const recovery = new Recovery();
  for (const event of events.flat()) recovery.take(event);
  recovery.end();
  return recovery;
}

function outstanding(recovery: Recovery): [range: number, attempts: number, replay?: string][] {
  return Array.from(
    recovery.outstanding("start"),
    ({ index, attempts, replay }) => replay ? [index, attempts, replay] : [index, attempts],
  );
}

const written = (range: number): RunEvent => ({ ...HEAD, kind: "output-written", range });

Deno.test("what was done and not written is run again, with the next attempt", () => {
  const recovery = recover(startRun(), doRange(0), doRange(1), written(1));
  assertEquals(recovery.settle({ reportsWritten: true }).unwritten, 0);
  assertEquals(outstanding(recovery), [[0, 1], [2, 0]]);
  assertEquals(recovery.resumed("start").counts.SUCCESS, 1);
});

Deno.test("what was written before the end of its range was recorded is written", () => {
  const [started, ...ends] = doRange(0);
  const recovery = recover(startRun(), started!, written(0), ends);
  recovery.settle({ reportsWritten: true });
  assertEquals(outstanding(recovery), [[1, 0], [2, 0]]);
});

Deno.test("a range that was run again and written is done, in any later run", () => {
  const recovery = recover(startRun(), doRange(0), startRun(), doRange(0, 2), written(0));
  recovery.settle({ reportsWritten: true });
  assertEquals(outstanding(recovery), [[1, 0], [2, 0]]);
  assertEquals(recovery.resumed("start").counts.SUCCESS, 1);
});

Deno.test("what a later run has written from results is written", () => {
  const results = {
    path: "/a",
    isWhole: (range: number) => range < 2,
    isBegun: () => true,
    isStopped: () => false,
  };
  const before = [startRun({ results: "/a" }), ...doRange(0), ...doRange(1), ...doRange(2)];
  const first = recover(before);
  first.settle({ results, reportsWritten: true });
  assertEquals(outstanding(first), [[0, 1, "SUCCESS"], [1, 1, "SUCCESS"], [2, 1]]);
  assertEquals([first.replays, first.resumed("start").counts.SUCCESS], [2, 2]);
  const second = recover(before, startRun({ results: "/a" }), written(0));
  second.settle({ results, reportsWritten: true });
  assertEquals(outstanding(second), [[1, 1, "SUCCESS"], [2, 1]]);
});

Deno.test("a run without promises owes nothing, and one without output is told of others", () => {
  const none = recover(startRun({ reportsWritten: undefined }), doRange(0));
  assertEquals(none.settle({ reportsWritten: true }).unwritten, 0);
  assertEquals(outstanding(none), [[1, 0], [2, 0]]);
  const owed = recover(startRun(), doRange(0));
  assertEquals(owed.settle({ reportsWritten: false }).unwritten, 1);
  assertEquals(outstanding(owed), [[1, 0], [2, 0]]);
});

/** What a run of one range with results in `/a`, which goes on from checkpoints, tells of an attempt. */
const WITH_RESULTS = { ranges: 1, chunkSize: 3, results: "/a", retryFrom: "checkpoint" };
const REF = { ...HEAD, worker: 0, range: 0, attempt: 1 } as const;
const BEGUN: RunEvent = {
  ...REF,
  kind: "attempt-started",
  attemptId: "a.0.1",
  startIndex: 0,
  endIndex: 3,
  maxAttempt: 1,
};
const REACHED: RunEvent = { ...REF, kind: "progress", done: 1 };
const SPAN = { startIndex: 0, endIndex: 3, nextIndex: 1 };
const FAILED: RunEvent[] = [
  { ...REF, kind: "attempt-ended", status: "FAILED", progress: 1 },
  { ...REF, kind: "range-ended", status: "FAILED", ...SPAN },
];
const FIRST = [startRun(WITH_RESULTS), BEGUN, REACHED, ...FAILED];
const UNORDERED = { ...WITH_RESULTS, reportsWritten: false };
const FIRST_UNORDERED = [startRun(UNORDERED), BEGUN, REACHED, ...FAILED];
/** A second run begins at an item. */
const second = (startIndex: number, change: object = {}): RunEvent[] => [
  startRun({ ...WITH_RESULTS, runId: "b", ...change }),
  { ...BEGUN, attempt: 2, attemptId: "b.0.2", maxAttempt: 2, startIndex } as RunEvent,
];
const SECOND_REACHED = { ...REF, attempt: 2, kind: "progress", done: 1 } as RunEvent;
const OUTPUT_LOST = { kind: "output-lost", message: "the disk is full" } as const;
/** The attempt of the second run loses its output. */
const SECOND_LOST: RunEvent = {
  ...REF,
  attempt: 2,
  kind: "attempt-ended",
  status: "CRASHED",
  progress: 0,
  cause: OUTPUT_LOST,
};
const WRITTEN_FIRST: RunEvent[] = [...FIRST, { ...HEAD, kind: "output-written", range: 0 }];

const THIS_MACHINE = ownIdentity();
/** An executor on this machine, before it was started again. */
const BEFORE = { ...THIS_MACHINE, bootId: "00000000-0000-0000-0000-000000000000" };

const NEXT: [what: string, events: RunEvent[], isWhole: boolean, next: number][] = [
  [
    "it goes on from its checkpoint",
    FIRST_UNORDERED,
    true,
    1,
  ],
  [
    "it goes on though the executor has died",
    [startRun(UNORDERED), BEGUN, REACHED],
    false,
    1,
  ],
  [
    "it goes on if the executor died, and the machine has not stopped",
    [startRun({ ...UNORDERED, executor: THIS_MACHINE }), BEGUN, REACHED],
    false,
    1,
  ],
  [
    "it begins anew if the machine has stopped with the executor: not all may be on disk",
    [startRun({ ...UNORDERED, executor: BEFORE }), BEGUN, REACHED],
    false,
    0,
  ],
  [
    "the same, if an attempt had ended, and the executor died later",
    [startRun({ ...UNORDERED, executor: BEFORE }), BEGUN, REACHED, ...FAILED],
    false,
    0,
  ],
  [
    "the same, though a later run was killed before it tried the range",
    [
      startRun({ ...UNORDERED, executor: BEFORE }),
      BEGUN,
      REACHED,
      startRun({ ...UNORDERED, executor: THIS_MACHINE, runId: "b" }),
    ],
    false,
    0,
  ],
  [
    "it goes on if the machine has stopped after the end of the run",
    [
      startRun({ ...UNORDERED, executor: BEFORE }),
      BEGUN,
      REACHED,
      ...FAILED,
      { ...HEAD, kind: "run-ended" } as RunEvent,
    ],
    false,
    1,
  ],
  [
    "it begins anew if the results are complete, and the journal does not know",
    [startRun(UNORDERED), BEGUN, REACHED],
    true,
    0,
  ],
  [
    "it begins anew if the last run has added to the results, and its output is lost",
    [...FIRST, ...second(1), SECOND_REACHED],
    false,
    0,
  ],
  [
    "the same, though a third run was killed before it tried the range",
    [...FIRST, ...second(1), SECOND_REACHED, startRun({ ...WITH_RESULTS, runId: "c" })],
    false,
    0,
  ],
  [
    "it begins anew again if the run that began it anew has died",
    [...WRITTEN_FIRST, ...second(0)],
    false,
    0,
  ],
  [
    "it begins anew again if the run that began it anew from the start has died",
    [...FIRST_UNORDERED, ...second(0, { reportsWritten: false, retryFrom: "start" })],
    false,
    0,
  ],
  [
    "it begins anew if its last attempt has lost its output",
    [
      ...WRITTEN_FIRST,
      ...second(1),
      SECOND_LOST,
      {
        ...REF,
        attempt: 2,
        kind: "range-ended",
        status: "CRASHED",
        ...SPAN,
        nextIndex: 0,
        cause: OUTPUT_LOST,
      },
    ],
    false,
    0,
  ],
  [
    "the same, though the end of the range was not recorded",
    [...FIRST_UNORDERED, ...second(1, { reportsWritten: false }), SECOND_LOST],
    false,
    0,
  ],
];

for (const [what, events, isWhole, next] of NEXT) {
  Deno.test(`of a range that is done in part, with results: ${what}`, () => {
    const recovery = recover(...events);
    const results = {
      path: "/a",
      isWhole: () => isWhole,
      isBegun: () => true,
      isStopped: () => false,
    };
    recovery.settle({ results, reportsWritten: false });
    assertEquals(Array.from(recovery.outstanding("checkpoint"), (range) => range.nextIndex), [
      next,
    ]);
  });
}

Deno.test("results that a killed run has made since its last record are not known to be right", () => {
  const results = { path: "/a", isWhole: () => true, isBegun: () => true, isStopped: () => false };
  const record = [startRun({ ...WITH_RESULTS, endsOnly: true }), BEGUN, ...FAILED];
  const stale = (...events: RunEvent[]) =>
    recover(...events).settle({ results, reportsWritten: false }).stale;
  assertEquals(stale(...record), [0]);
  assertEquals(stale(...record, { ...HEAD, kind: "run-ended" } as RunEvent), []);
});

Deno.test("a range that is run again, as its results are not whole, has no results that count", () => {
  const results = { path: "/a", isWhole: () => false, isBegun: () => true, isStopped: () => false };
  const recovery = recover(startRun({ results: "/a" }), doRange(0));
  assertEquals(recovery.settle({ results, reportsWritten: false }).stale, [0]);
});
