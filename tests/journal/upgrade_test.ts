// The words for ends in journals of format 1, as the causes of today.
import { JournalError, readJournal } from "@lambdawaker/executor/journal";
import type { RunEvent } from "@lambdawaker/executor";
import { assertEquals, assertThrows } from "@std/assert";
import { decodeEvent } from "../../src/journal/decode.ts";
import { Upgrader } from "../../src/journal/upgrade.ts";

const run = {
  ...{
    v: 1,
    t: 1,
    kind: "run-started",
    runId: "0000000a-0000-4000-8000-000000000000",
    totalItems: 20,
    ranges: 2,
    numWorkers: 2,
  },
  ...{ maxRetries: 3, chunkSize: 10, retryFrom: "start" },
};
const ref = { v: 1, t: 2, worker: 1, range: 1, attempt: 1 };
const started = { ...ref, kind: "attempt-started", startIndex: 10, endIndex: 20, maxAttempt: 4 };
const ended = { ...ref, kind: "attempt-ended", status: "CRASHED", progress: 4 };
const rangeEnded = {
  ...{ ...ref, kind: "range-ended", status: "CRASHED" },
  ...{ startIndex: 10, endIndex: 20, nextIndex: 10 },
};
const exited = (code: number) => ({ kind: "exited", code });
const killed = { kind: "signaled", signal: "SIGTERM" };

/** Reads lines of one journal. */
function upgrade(...events: object[]): (RunEvent | undefined)[] {
  const upgrader = new Upgrader();
  return events.map((event) => decodeEvent(JSON.stringify(event), upgrader));
}

const CAUSES: [end: object, cause: object][] = [
  [{ reason: "exit code 3", exit: exited(3) }, { kind: "exit", code: 3 }],
  [{ reason: "exit code -1", exit: exited(-1) }, { kind: "exit", code: -1 }],
  [{ reason: "signal SIGSEGV", exit: killed }, { kind: "signal", signal: "SIGSEGV" }],
  [{ reason: "timeout", exit: killed }, { kind: "timeout" }],
  [{ reason: "stalled", exit: killed }, { kind: "stall" }],
  [{ reason: "slow", exit: killed }, { kind: "slow" }],
  [{ reason: "said FAILED", exit: exited(0) }, { kind: "reported", status: "FAILED" }],
  [{ reason: "said CRASHED", exit: exited(0) }, { kind: "reported", status: "CRASHED" }],
  [{ reason: "incomplete", exit: exited(0) }, { kind: "incomplete", done: 4, total: 10 }],
  [{ reason: "output lost", exit: killed }, { kind: "output-lost" }],
  [{ reason: "lost" }, { kind: "lost", message: "it could not be ended" }],
  [
    { reason: "lost: node n1\nis down", exit: { kind: "lost", reason: "node n1\nis down" } },
    { kind: "lost", message: "node n1\nis down" },
  ],
  [
    { reason: "no node", exit: { kind: "launch-failed", reason: "no node" } },
    { kind: "launch", message: "no node" },
  ],
  [
    { reason: "timeout", exit: { kind: "launch-failed", reason: "timeout", permanent: true } },
    { kind: "launch", message: "timeout", permanent: true },
  ],
  [
    { reason: "command not found: x" },
    { kind: "launch", message: "command not found: x", permanent: true },
  ],
  [
    { reason: "getCommand must return a non-empty array: it returned 1" },
    { kind: "command", message: "getCommand must return a non-empty array: it returned 1" },
  ],
  [{ reason: "bad line", exit: killed }, { kind: "fault", message: "bad line" }],
  [{ reason: "exit code 3 or so", exit: exited(3) }, {
    kind: "fault",
    message: "exit code 3 or so",
  }],
  [{ reason: "toString" }, { kind: "fault", message: "toString" }],
  [{ reason: "" }, { kind: "fault", message: "" }],
];

for (const [end, cause] of CAUSES) {
  Deno.test(`${JSON.stringify(end)} has the cause ${JSON.stringify(cause)}`, () => {
    const { reason } = end as { reason: string };
    const [, , attempt, range] = upgrade(
      ...[run, started, { ...ended, ...end }, { ...rangeEnded, reason }],
    );
    const { reason: _, ...rest } = { ...ended, ...end } as Record<string, unknown>;
    assertEquals<unknown>(attempt, { ...rest, v: 2, cause });
    assertEquals<unknown>(range, { ...rangeEnded, v: 2, cause });
  });
}

Deno.test("an attempt that the run stopped is PENDING, and its range has not ended", () => {
  const stopped = { ...ended, status: "FAILED", reason: "stopped", exit: killed };
  const end = { ...rangeEnded, status: "FAILED", reason: "stopped" };
  const nextIndex = (retryFrom: string, change: object = {}) => {
    const events = upgrade({ ...run, retryFrom }, started, { ...stopped, ...change }, end);
    assertEquals(events[3], undefined);
    const { status, cause, nextIndex } = events[2] as RunEvent & { kind: "attempt-ended" };
    assertEquals([status, cause], ["PENDING", { kind: "stopped" }]);
    return nextIndex;
  };
  assertEquals(nextIndex("start"), 10);
  assertEquals(nextIndex("checkpoint"), 14);
  assertEquals(nextIndex("checkpoint", { share: 0.4 }), 10, "a share is no checkpoint");
  assertEquals(nextIndex("checkpoint", { progress: 10 }), 10, "as the older version had it");
  assertEquals(nextIndex("checkpoint", { progress: 99 }), 10, "more than there is");
});

Deno.test("an attempt is known though its line was read by its likeness to another one", async () => {
  const lineOf = (range: number) => ({
    ...ref,
    range,
    startIndex: 10 * range,
    endIndex: 10 * range + 10,
  });
  const of = (range: number, event: object) => ({ ...event, ...lineOf(range) });
  const end = { ...ended, status: "FAILED", reason: "stopped", exit: killed };
  const events = [
    { ...run, totalItems: 30, ranges: 3, retryFrom: "checkpoint" },
    ...[0, 1, 2].map((range) => of(range, started)),
    { ...end, range: 2 },
  ];
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    const last = Array.from(readJournal(path)).at(-1) as RunEvent & { kind: "attempt-ended" };
    assertEquals(last.nextIndex, 24);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a range whose next attempt was not made has not ended; one that was tried again has", () => {
  const end = { ...ended, reason: "exit code 3", exit: exited(3) };
  const retry = { ...ref, kind: "retry-scheduled", delay: 1, nextIndex: 10 };
  const failed = { ...rangeEnded, reason: "exit code 3" };
  assertEquals(upgrade(run, started, end, retry, failed)[4], undefined);
  const again = { attempt: 2 };
  const events = upgrade(
    ...[run, started, end, retry, { ...started, ...again }, { ...end, ...again }],
    { ...failed, ...again },
  );
  assertEquals(events[6]?.kind, "range-ended");
});

Deno.test("a range that failed has its items, if its last attempt had all of them", () => {
  const items = ["a", "b"];
  const all = { ...started, startIndex: 10, endIndex: 12, items };
  const end = { ...ended, progress: 0, reason: "exit code 3", exit: exited(3) };
  const failed = { ...rangeEnded, endIndex: 12, reason: "exit code 3" };
  const itemsOf = (...events: object[]) =>
    (upgrade(run, ...events).at(-1) as RunEvent & { kind: "range-ended" }).items;
  assertEquals(itemsOf(all, end, failed), items);
  const part = { ...all, startIndex: 11, items: ["b"] };
  assertEquals(itemsOf(part, end, failed), undefined);
});

Deno.test("an attempt has the id that its run gives it", () => {
  const [, event] = upgrade(run, started);
  assertEquals<unknown>(event, {
    ...started,
    v: 2,
    attemptId: "0000000a-0000-4000-8000-000000000000.1.1",
  });
});

Deno.test("what no event of format 1 has is refused", () => {
  for (
    const event of [
      { ...ended, reason: 3 },
      { ...rangeEnded, reason: null },
      { ...ended, status: "PENDING" },
      { ...run, runId: "" },
      { ...run, runId: "a b" },
      { ...ref, kind: "output-written" },
    ]
  ) {
    assertThrows(() => upgrade(event), JournalError);
  }
});

Deno.test("a cut that an early version of format 2 took for a split is one of today", () => {
  const [from, to] = [{ startIndex: 10, endIndex: 12 }, { range: 7, startIndex: 12, endIndex: 20 }];
  const head = { v: 2, t: 3, worker: 0, range: 1, attempt: 1 };
  const old = { ...head, kind: "range-split", ...from, isCut: true, into: [to] };
  assertEquals(upgrade(old), [
    { v: 2, t: 3, kind: "range-cut", range: 1, ...from, rest: 7, restEnd: 20 },
  ]);
  for (const into of [[], [null], 3, [{ range: -1, startIndex: 12, endIndex: 20 }]]) {
    assertThrows(() => upgrade({ ...old, into }), JournalError, "range-cut whose rest");
  }
});
