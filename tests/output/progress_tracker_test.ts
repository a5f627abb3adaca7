import { assertEquals } from "@std/assert";
import type { AttemptEvent } from "../../src/model/event_body.ts";
import { PatternProtocol } from "../../src/output/protocol/pattern.ts";
import type { OutputStream, Protocol } from "../../src/model/protocol.ts";
import { ProgressTracker } from "../../src/output/progress_tracker.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

function setUp(size = 100, protocol?: () => Protocol) {
  const clock = new FakeClock({ isOnlyClock: true });
  const events: AttemptEvent[] = [];
  const tracker = new ProgressTracker({
    ...{ size, clock, protocol },
    emit: (event) => events.push(event),
  });
  return { clock, events, tracker, take: () => events.splice(0) };
}

/** Reads a line as the readers of a worker do. */
function readLine(tracker: ProgressTracker, text: string, stream: OutputStream = "stdout"): void {
  if (!tracker.signal(text, stream)) tracker.log(text);
}

Deno.test("ProgressTracker emits the first progress at once and coalesces what follows", async () => {
  const { clock, tracker, take } = setUp();
  readLine(tracker, "PROGRESS: 1");
  assertEquals(take(), [{ kind: "progress", done: 1 }]);
  for (let done = 2; done <= 50; done++) readLine(tracker, `PROGRESS: ${done}`);
  readLine(tracker, "MESSAGE: halfway");
  assertEquals(take(), []);
  assertEquals(tracker.progress, 50);
  await clock.advance(100);
  assertEquals(take(), [{ kind: "progress", done: 50 }, { kind: "message", text: "halfway" }]);
  await clock.advance(1000);
  assertEquals(take(), []);
});

for (
  const [kind, say] of [
    ["progress", (ms: number) => `PROGRESS: ${ms}`],
    ["message", (ms: number) => `MESSAGE: ${ms}`],
    ["status", (ms: number) => `STATUS: ${ms % 2 ? "RUNNING" : "RETRYING"}`],
    ["log", (ms: number) => `line ${ms}`],
  ] as const
) {
  Deno.test(`ProgressTracker emits ten ${kind} events a second, however many lines come`, async () => {
    const { clock, tracker, take } = setUp(10_000);
    for (let ms = 0; ms < 1000; ms++) {
      readLine(tracker, say(ms));
      await clock.advance(1);
    }
    assertEquals(take().map((event) => event.kind), Array(11).fill(kind));
    tracker[Symbol.dispose]();
  });
}

Deno.test("ProgressTracker keeps every log line and their order", async () => {
  const { clock, tracker, take } = setUp();
  const said = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
  for (const line of said) readLine(tracker, line);
  await clock.advance(100);
  assertEquals(take().flatMap((event) => event.kind === "log" ? event.lines : []), said);
});

Deno.test("ProgressTracker emits what came together in one order: log, progress, message, status", async () => {
  const { clock, tracker, take } = setUp();
  for (const line of ["first", "STATUS: SUCCESS", "MESSAGE: m", "PROGRESS: 2", "log"]) {
    readLine(tracker, line);
  }
  assertEquals(take(), [{ kind: "log", lines: ["first"] }]);
  await clock.advance(100);
  assertEquals(take(), [
    { kind: "log", lines: ["log"] },
    { kind: "progress", done: 2 },
    { kind: "message", text: "m" },
    { kind: "status", status: "SUCCESS" },
  ]);
  assertEquals(tracker.reported, "SUCCESS");
  readLine(tracker, "STATUS: RUNNING");
  assertEquals(tracker.reported, "SUCCESS", "only a terminal status counts at the end");
  tracker[Symbol.dispose]();
});

Deno.test("ProgressTracker counts anomalies and malformed lines exactly, whatever is coalesced", () => {
  const { tracker } = setUp(10);
  for (const done of [1, 5, 4, 6, 11, 12, 0]) readLine(tracker, `PROGRESS: ${done}`);
  assertEquals(tracker.anomalies, 4);
  assertEquals(tracker.progress, 0);
  readLine(tracker, "PROGRESS: ?");
  readLine(tracker, "STATUS: ?");
  assertEquals(tracker.malformed, 2);
  tracker[Symbol.dispose]();
});

Deno.test("ProgressTracker takes progress and messages for a sign of life, and nothing else", async () => {
  const { clock, tracker } = setUp();
  const start = tracker.lastSignAt;
  await clock.advance(10);
  readLine(tracker, "hello");
  readLine(tracker, "STATUS: RUNNING");
  readLine(tracker, "PROGRESS: ?");
  assertEquals(tracker.lastSignAt, start);
  readLine(tracker, "MESSAGE: here");
  assertEquals(tracker.lastSignAt, start + 10);
  tracker[Symbol.dispose]();
});

Deno.test("ProgressTracker emits nothing after it was disposed of", async () => {
  const { clock, tracker, take } = setUp();
  readLine(tracker, "PROGRESS: 1");
  readLine(tracker, "PROGRESS: 2");
  tracker[Symbol.dispose]();
  assertEquals(take().length, 2);
  // A chunk that was being read may bring more.
  readLine(tracker, "PROGRESS: 3");
  tracker.bytesRead();
  assertEquals(clock.running, 0);
  await clock.advance(1000);
  assertEquals(take(), []);
});

const perCent = () => new PatternProtocol(/^(?<percent>\d+)%(?<message>.*)/);

Deno.test("ProgressTracker takes a share for the whole items that it comes to, until items are said", () => {
  const { tracker, take } = setUp(10, perCent);
  readLine(tracker, "45%", "stderr");
  assertEquals(take(), [{ kind: "progress", done: 4, share: 0.45 }, { kind: "message", text: "" }]);
  for (const [line, progress] of [["29%", 2], ["58%", 5], ["70%", 7], ["100%", 10]] as const) {
    readLine(tracker, line);
    assertEquals(tracker.progress, progress, line);
  }
  assertEquals([tracker.share, tracker.anomalies], [1, 0], "a share may go back");
  readLine(tracker, "PROGRESS: 10");
  assertEquals(tracker.share, undefined);
  tracker[Symbol.dispose]();
  assertEquals(take(), [{ kind: "progress", done: 10 }]);
});

Deno.test("ProgressTracker takes a share for a sign of life when it, or what is said with it, changes", async () => {
  const { clock, tracker, take } = setUp(10, perCent);
  const start = tracker.lastSignAt;
  readLine(tracker, "45% here");
  await clock.advance(200);
  take();
  readLine(tracker, "45% here");
  await clock.advance(200);
  assertEquals([tracker.lastSignAt, take()], [start, []]);
  readLine(tracker, "45% there");
  assertEquals(tracker.lastSignAt, start + 400);
  await clock.advance(200);
  readLine(tracker, "46% there");
  assertEquals(tracker.lastSignAt, start + 600);
  tracker[Symbol.dispose]();
});

Deno.test("ProgressTracker emits what a chunk brings when all of it is read", async () => {
  const { clock, tracker, take } = setUp();
  tracker.bytesArrived();
  for (const line of ["PROGRESS: 1", "MESSAGE: one", "PROGRESS: 2"]) readLine(tracker, line);
  assertEquals(take(), []);
  tracker.bytesRead();
  assertEquals(take(), [{ kind: "progress", done: 2 }, { kind: "message", text: "one" }]);
  await clock.advance(1_000);
  assertEquals([take(), clock.running], [[], 0]);
});

Deno.test("events of several trackers come at the same time", async () => {
  const clock = new FakeClock({ isOnlyClock: true });
  const events: number[] = [];
  const trackers = [1, 2].map((size) =>
    new ProgressTracker({ size, clock, emit: () => events.push(size) })
  );
  for (const tracker of trackers) {
    readLine(tracker, "PROGRESS: 0");
    await clock.advance(30);
    readLine(tracker, "PROGRESS: 1");
  }
  assertEquals([events.splice(0), clock.running], [[1, 2], 1]);
  await clock.advance(40);
  assertEquals(events, [1, 2]);
  for (const tracker of trackers) tracker[Symbol.dispose]();
});
