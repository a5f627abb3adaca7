import { assert, assertEquals, assertThrows } from "@std/assert";
import type { RunEvent } from "@lambdawaker/executor";
import {
  decodeEnds,
  encodeEnds,
  isCompact,
  isCompactLine,
} from "../../src/journal/compact_ends.ts";
import { decodeEvent } from "../../src/journal/decode.ts";
import { JournalError } from "../../src/journal/journal_error.ts";

const RUN = "05850101-e361-4815-b5a1-67d000c1773f";

type Event<K extends RunEvent["kind"]> = RunEvent & { kind: K };

function end(range: number, change: Partial<Event<"range-ended">> = {}, items?: string[]) {
  const ref = { v: 2, worker: 3, range, attempt: 2 } as const;
  const size = items?.length ?? 5;
  const span = { startIndex: 5 * range, endIndex: 5 * range + size, ...(items && { items }) };
  const started: Event<"attempt-started"> = {
    ...ref,
    t: 1000 + range,
    kind: "attempt-started",
    attemptId: `${RUN}.${range}.2`,
    ...span,
    maxAttempt: 4,
  };
  const ended: Event<"range-ended"> = {
    ...ref,
    t: 2000 + range,
    kind: "range-ended",
    status: "SUCCESS",
    ...span,
    nextIndex: span.endIndex,
    ...change,
  };
  return { started, ended, exit: { kind: "exited", code: 0 } as const };
}

Deno.test("a compact line stands for the same events", () => {
  const ends = [end(0), end(1, { status: "FINISHED" }), end(7)];
  const line = encodeEnds(ends);
  assert(isCompactLine(line));
  const decoded = Array.from(decodeEnds(line, RUN));
  assertEquals(decoded.length, 9);
  for (const [index, { started, ended }] of ends.entries()) {
    const [first, second, third] = decoded.slice(3 * index);
    assertEquals([first, third], [started, ended]);
    const { status, t } = ended;
    const exit = status === "SUCCESS" ? { exit: { kind: "exited", code: 0 } } : {};
    const { v, worker, range, attempt } = ended;
    const ref = { v, worker, range, attempt, t, status };
    assertEquals(second as unknown, { ...ref, kind: "attempt-ended", progress: 5, ...exit });
  }
  // They pass the checks of events.
  for (const event of decoded) assertEquals(decodeEvent(JSON.stringify(event)), event);
});

Deno.test("a compact line invents no exit code of a resident worker, whose process goes on", () => {
  const { started, ended } = end(0);
  const decoded = Array.from(decodeEnds(encodeEnds([{ started, ended }]), RUN));
  const attempt = decoded.find(({ kind }) => kind === "attempt-ended") as Event<"attempt-ended">;
  assertEquals([attempt.status, attempt.exit], ["SUCCESS", undefined]);
});

Deno.test("a compact line keeps what attempts have used, of those that it is known of", () => {
  const usage = { cpuSeconds: 1.234, peakRss: 5_000_000 };
  const line = encodeEnds([{ ...end(0), usage }, end(1)]);
  const attempts = Array.from(decodeEnds(line, RUN)).filter((e) => e.kind === "attempt-ended");
  assertEquals(attempts.map(({ usage }) => usage), [usage, undefined]);
  for (const event of attempts) assertEquals(decodeEvent(JSON.stringify(event)), event);
  const wrong = line.replace("1234", "-1");
  assertThrows(() => Array.from(decodeEnds(wrong, RUN)), JournalError, "usage");
});

Deno.test("a compact line of no attempt with a known usage has no field for it", () => {
  assert(!encodeEnds([end(0)]).includes("usage"));
});

Deno.test("a compact line keeps strings, also those that are no text", () => {
  const ends = [end(0, {}, ["a", "b\n\\"]), end(1, {}, []), end(2, {}, ["\udcff"])];
  const lines = encodeEnds([ends[0]!, ends[2]!]);
  const started = Array.from(decodeEnds(lines, RUN)).filter((e) => e.kind === "attempt-started");
  assertEquals(started.map(({ items }) => items), [["a", "b\n\\"], ["\udcff"]]);
});

Deno.test("an end that a row does not tell is not compact", () => {
  const { started, ended } = end(0);
  assert(isCompact(started, ended));
  assert(!isCompact(undefined, ended));
  assert(!isCompact({ ...started, startIndex: 1 }, ended));
  assert(!isCompact({ ...started, attempt: 1 }, ended));
  assert(!isCompact(started, { ...ended, status: "FAILED" }));
  assert(!isCompact(started, { ...ended, status: "FINISHED", cause: { kind: "exit", code: 1 } }));
});

const START = '{"v":2,"kind":"ranges-done",';
for (
  const [name, rest] of Object.entries({
    "no JSON": "",
    "no rows": '"t":5}',
    "a time that is none": '"t":-5,"rows":[]}',
    "a row that is too short": '"t":5,"rows":[[0,0,1,1,0,1,0,0]]}',
    "a number that is negative": '"t":5,"rows":[[0,-1,1,1,0,1,0,0,0]]}',
    "an attempt 0": '"t":5,"rows":[[0,0,0,1,0,1,0,0,0]]}',
    "an unknown status": '"t":5,"rows":[[0,0,1,1,0,1,9,0,0]]}',
    "a range without items": '"t":5,"rows":[[0,0,1,1,1,1,0,0,0]]}',
    "an end before the start": '"t":5,"rows":[[0,0,1,1,0,1,0,0,3]]}',
    "a start before all time": '"t":5,"rows":[[0,0,1,1,0,1,0,9,0]]}',
    "too few strings": '"t":5,"rows":[[0,0,1,1,0,2,0,0,0]],"items":["a"]}',
    "items that are no strings": '"t":5,"rows":[[0,0,1,1,0,1,0,0,0]],"items":[1]}',
  })
) {
  Deno.test(`a compact line with ${name} is refused`, () => {
    assertThrows(() => Array.from(decodeEnds(START + rest, RUN)), JournalError);
  });
}
