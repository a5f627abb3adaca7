// A line that is known by its likeness to another one is read as JSON would have it, and no other is known.
import type { RunEvent } from "@lambdawaker/executor";
import { assert, assertEquals } from "@std/assert";
import { decodeEvent } from "../../src/journal/decode.ts";
import { FastLineParser } from "../../src/journal/fast_lines.ts";
import { forSeeds } from "../helpers/random.ts";
import { randomEvents } from "../helpers/random_job.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** What is known of a line, which stands among others. */
function readLine(templates: FastLineParser, line: string): RunEvent | undefined {
  const bytes = encode(`before\n${line}\n123`);
  const event = templates.read(bytes, 7);
  if (event !== undefined) assertEquals(templates.newline, bytes.length - 4, line);
  return event;
}

function decode(line: string): RunEvent | undefined {
  try {
    return decodeEvent(line);
  } catch {
    return undefined;
  }
}

Deno.test("events of random jobs are read as JSON has them, some of them by their likeness", async () => {
  let [known, all] = [0, 0];
  await forSeeds(50, async (random) => {
    let templates = new FastLineParser();
    for (const event of (await randomEvents(random)).events) {
      if (event.kind === "run-started") templates = new FastLineParser(event.runId);
      const line = JSON.stringify(event);
      const read = readLine(templates, line);
      if (read === undefined) templates.learn(line, decodeEvent(line)!);
      else assertEquals(JSON.stringify(read), line);
      known += read === undefined ? 0 : 1;
      all++;
    }
  });
  assert(known > 100, `${known} of ${all}`);
});

const RUN = "0000000a-0000-4000-8000-000000000000";
const ref = { v: 2, t: 1_700_000_000_123, worker: 0, range: 7, attempt: 1 } as const;
const EVENTS: RunEvent[] = [
  {
    ...ref,
    kind: "attempt-started",
    attemptId: `${RUN}.7.1`,
    startIndex: 70,
    endIndex: 80,
    maxAttempt: 1,
  },
  { ...ref, kind: "progress", done: 5 },
  {
    ...ref,
    kind: "attempt-ended",
    status: "SUCCESS",
    exit: { kind: "exited", code: 0 },
    progress: 10,
  },
  {
    ...ref,
    kind: "attempt-ended",
    status: "SUCCESS",
    exit: { kind: "exited", code: 0 },
    progress: 10,
    usage: { cpuSeconds: 1.25, peakRss: 123 },
  },
  { ...ref, kind: "range-ended", status: "SUCCESS", startIndex: 70, endIndex: 80, nextIndex: 80 },
];

for (const event of EVENTS) {
  Deno.test(`a line ${event.kind} with any byte changed is read as JSON has it, or unknown`, () => {
    const line = JSON.stringify(event);
    const templates = new FastLineParser(RUN);
    templates.learn(line, event);
    assertEquals(readLine(templates, line), event);
    const check = (changed: string) => {
      const read = readLine(templates, changed);
      if (read !== undefined) assertEquals(read, decode(changed), changed);
    };
    for (let at = 0; at <= line.length; at++) {
      const [before, byte, after] = [line.slice(0, at), line.slice(at, at + 1), line.slice(at + 1)];
      for (
        const other of ['"', ",", "}", "{", "-", ".", "0", "1", "9", "e", " ", "\0", "\t", "ä"]
      ) {
        check(before + other + after);
        check(before + other + byte + after);
      }
      check(before + after);
      check(line.slice(0, at));
    }
  });
}

Deno.test("numbers that are not exact, or of fields that may not be zero, are left to JSON", () => {
  const [event] = EVENTS;
  const line = JSON.stringify(event);
  const templates = new FastLineParser(RUN);
  templates.learn(line, event!);
  const other = line.replace('"range":7', '"range":8').replace(`${RUN}.7.1`, `${RUN}.8.1`);
  assertEquals(readLine(templates, other), JSON.parse(other));
  for (
    const [from, to] of [
      ['"range":7', '"range":9007199254740993'],
      ['"range":7', '"range":07'],
      ['"attempt":1', '"attempt":0'],
      ['"v":2', '"v":3'],
      [`"attemptId":"${RUN}.7.1"`, `"attemptId":"b.7.1"`],
      [`"attemptId":"${RUN}.7.1"`, `"attemptId":"${RUN}.8.1"`],
      [`"attemptId":"${RUN}.7.1"`, `"attemptId":"${RUN}.7.2"`],
      [`"attemptId":"${RUN}.7.1"`, `"attemptId":"${RUN}.07.1"`],
    ] as const
  ) {
    assert(line.includes(from));
    assertEquals(readLine(templates, line.replace(from, to)), undefined, to);
  }
});

Deno.test("a line is known with its newline, not without it", () => {
  for (const event of EVENTS) {
    const line = JSON.stringify(event);
    const templates = new FastLineParser(RUN);
    templates.learn(line, event);
    const bytes = encode(`${line}\n`);
    assertEquals(templates.read(bytes, 0), event);
    for (let length = 0; length < bytes.length; length++) {
      assertEquals(templates.read(bytes.subarray(0, length), 0), undefined);
      assertEquals(
        templates.read(encode(`${line.slice(0, length)}\n${line}\n`), 0) === undefined,
        length < line.length,
      );
    }
  }
});

Deno.test("a line with a number that its kind does not have is known with that number alone", () => {
  const more = { ...EVENTS[1]!, later: 3 };
  const templates = new FastLineParser(RUN);
  templates.learn(JSON.stringify(more), more);
  assertEquals(readLine(templates, JSON.stringify(more)), more);
  assertEquals(readLine(templates, JSON.stringify({ ...more, later: 4 })), undefined);
});

Deno.test("a number that stands deeper in an event is none of its own", () => {
  const nested = { ...EVENTS[1]!, more: { range: 3 } };
  const templates = new FastLineParser(RUN);
  templates.learn(JSON.stringify(nested), nested);
  assertEquals(readLine(templates, JSON.stringify(nested)), undefined);
});

Deno.test("usage is read by its likeness, with and without a fraction", () => {
  const event = EVENTS.find((event) => event.kind === "attempt-ended" && event.usage);
  const line = JSON.stringify(event);
  const templates = new FastLineParser(RUN);
  templates.learn(line, event!);
  for (const [cpuSeconds, peakRss] of [["0", "0"], ["0.1", "4096"], ["12.345", "1"], ["7", "9"]]) {
    const other = line.replace("1.25", cpuSeconds!).replace('s":123', `s":${peakRss}`);
    assertEquals(readLine(templates, other), JSON.parse(other), other);
    assert(readLine(templates, other) !== undefined);
  }
});

Deno.test("a usage with more fields than these is left to JSON", () => {
  const event = EVENTS.find((event) => event.kind === "attempt-ended" && event.usage);
  const line = JSON.stringify(event).replace('s":123', 's":123,"more":1');
  const templates = new FastLineParser(RUN);
  templates.learn(line, JSON.parse(line));
  assertEquals(readLine(templates, line), undefined);
});

Deno.test("an attempt with the id of another run is left to JSON", () => {
  const [event] = EVENTS;
  const line = JSON.stringify(event);
  const templates = new FastLineParser("b");
  templates.learn(line, event!);
  assertEquals(readLine(templates, line), undefined);
});
