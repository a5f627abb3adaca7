import { assertEquals } from "@std/assert";
import type { AttemptEvent } from "../../src/model/events.ts";
import { PatternProtocol } from "../../src/output/protocol/pattern.ts";
import type { Protocol } from "../../src/model/protocol.ts";
import { ProgressTracker } from "../../src/output/progress_tracker.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

function setUp(size = 100, protocol?: () => Protocol) {
  const clock = new FakeClock();
  const events: AttemptEvent[] = [];
  const transcript = new ProgressTracker({
    ...{ size, clock, protocol },
    emit: (event) => events.push(event),
  });
  return { clock, events, transcript, take: () => events.splice(0) };
}

Deno.test("Transcript emits the first progress at once and coalesces what follows", async () => {
  const { clock, transcript, take } = setUp();
  transcript.line("PROGRESS: 1");
  assertEquals(take(), [{ kind: "progress", done: 1 }]);
  for (let done = 2; done <= 50; done++) transcript.line(`PROGRESS: ${done}`);
  transcript.line("MESSAGE: halfway");
  assertEquals(take(), []);
  assertEquals(transcript.progress, 50);
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
  Deno.test(`Transcript emits ten ${kind} events a second, however many lines come`, async () => {
    const { clock, transcript, take } = setUp(10_000);
    for (let ms = 0; ms < 1000; ms++) {
      transcript.line(say(ms));
      await clock.advance(1);
    }
    assertEquals(take().map((event) => event.kind), Array(11).fill(kind));
    transcript[Symbol.dispose]();
  });
}

Deno.test("Transcript keeps every log line and their order", async () => {
  const { clock, transcript, take } = setUp();
  const said = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
  for (const line of said) transcript.line(line);
  await clock.advance(100);
  assertEquals(take().flatMap((event) => event.kind === "log" ? event.lines : []), said);
});

Deno.test("Transcript emits what came together in one order: log, progress, message, status", async () => {
  const { clock, transcript, take } = setUp();
  for (const line of ["first", "STATUS: SUCCESS", "MESSAGE: m", "PROGRESS: 2", "log"]) {
    transcript.line(line);
  }
  assertEquals(take(), [{ kind: "log", lines: ["first"] }]);
  await clock.advance(100);
  assertEquals(take(), [
    { kind: "log", lines: ["log"] },
    { kind: "progress", done: 2 },
    { kind: "message", text: "m" },
    { kind: "status", status: "SUCCESS" },
  ]);
  assertEquals(transcript.said, "SUCCESS");
  transcript.line("STATUS: RUNNING");
  assertEquals(transcript.said, "SUCCESS", "only a terminal status counts at the end");
  transcript[Symbol.dispose]();
});

Deno.test("Transcript counts anomalies and malformed lines exactly, whatever is coalesced", () => {
  const { transcript } = setUp(10);
  for (const done of [1, 5, 4, 6, 11, 12, 0]) transcript.line(`PROGRESS: ${done}`);
  assertEquals(transcript.anomalies, 4);
  assertEquals(transcript.progress, 0);
  transcript.line("PROGRESS: ?");
  transcript.line("STATUS: ?");
  assertEquals(transcript.malformed, 2);
  transcript[Symbol.dispose]();
});

Deno.test("Transcript takes progress and messages for a sign of life, and nothing else", async () => {
  const { clock, transcript } = setUp();
  const start = transcript.lastSignAt;
  await clock.advance(10);
  transcript.line("hello");
  transcript.line("STATUS: RUNNING");
  transcript.line("PROGRESS: ?");
  assertEquals(transcript.lastSignAt, start);
  transcript.line("MESSAGE: here");
  assertEquals(transcript.lastSignAt, start + 10);
  transcript[Symbol.dispose]();
});

Deno.test("Transcript emits nothing after it was disposed of", async () => {
  const { clock, transcript, take } = setUp();
  transcript.line("PROGRESS: 1");
  transcript.line("PROGRESS: 2");
  transcript[Symbol.dispose]();
  assertEquals(take().length, 2);
  await clock.advance(1000);
  assertEquals(take(), []);
});

const perCent = () => new PatternProtocol(/^(?<percent>\d+)%(?<message>.*)/);

Deno.test("Transcript takes a share for the whole items that it comes to, until items are said", () => {
  const { transcript, take } = setUp(10, perCent);
  transcript.line("45%", "stderr");
  assertEquals(take(), [{ kind: "progress", done: 4, share: 0.45 }, { kind: "message", text: "" }]);
  for (const [line, progress] of [["29%", 2], ["58%", 5], ["70%", 7], ["100%", 10]] as const) {
    transcript.line(line);
    assertEquals(transcript.progress, progress, line);
  }
  assertEquals([transcript.share, transcript.anomalies], [1, 0], "a share may go back");
  transcript.line("PROGRESS: 10");
  assertEquals(transcript.share, undefined);
  transcript[Symbol.dispose]();
  assertEquals(take(), [{ kind: "progress", done: 10 }]);
});

Deno.test("Transcript takes a share for a sign of life when it, or what is said with it, changes", async () => {
  const { clock, transcript, take } = setUp(10, perCent);
  const start = transcript.lastSignAt;
  transcript.line("45% here");
  await clock.advance(200);
  take();
  transcript.line("45% here");
  await clock.advance(200);
  assertEquals([transcript.lastSignAt, take()], [start, []]);
  transcript.line("45% there");
  assertEquals(transcript.lastSignAt, start + 400);
  await clock.advance(200);
  transcript.line("46% there");
  assertEquals(transcript.lastSignAt, start + 600);
  transcript[Symbol.dispose]();
});
