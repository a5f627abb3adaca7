import { assertEquals } from "@std/assert";
import { PrefixProtocol } from "@lambdawaker/executor";
import type { AttemptEvent } from "../src/events.ts";
import { Transcript } from "../src/transcript.ts";
import { FakeClock } from "./helpers/fake_clock.ts";

function setUp(size = 100) {
  const clock = new FakeClock();
  const events: AttemptEvent[] = [];
  const transcript = new Transcript({
    protocol: new PrefixProtocol(),
    size,
    clock,
    emit: (event) => events.push(event),
  });
  return { clock, events, transcript, take: () => events.splice(0) };
}

Deno.test("Transcript emits the first progress at once and coalesces what follows", async () => {
  const { clock, transcript, take } = setUp();
  transcript.line("PROGRESS: 1", "stdout");
  assertEquals(take(), [{ kind: "progress", done: 1 }]);
  for (let done = 2; done <= 50; done++) transcript.line(`PROGRESS: ${done}`, "stdout");
  transcript.line("MESSAGE: halfway", "stdout");
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
      transcript.line(say(ms), "stdout");
      await clock.advance(1);
    }
    assertEquals(take().map((event) => event.kind), Array(11).fill(kind));
    transcript[Symbol.dispose]();
  });
}

Deno.test("Transcript keeps every log line and their order", async () => {
  const { clock, transcript, take } = setUp();
  const said = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
  for (const line of said) transcript.line(line, "stdout");
  await clock.advance(100);
  assertEquals(take().flatMap((event) => event.kind === "log" ? event.lines : []), said);
});

Deno.test("Transcript emits what came together in one order: log, progress, message, status", async () => {
  const { clock, transcript, take } = setUp();
  for (const line of ["first", "STATUS: SUCCESS", "MESSAGE: m", "PROGRESS: 2", "log"]) {
    transcript.line(line, "stdout");
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
  transcript.line("STATUS: RUNNING", "stdout");
  assertEquals(transcript.said, "SUCCESS", "only a terminal status counts at the end");
  transcript[Symbol.dispose]();
});

Deno.test("Transcript counts anomalies and malformed lines exactly, whatever is coalesced", () => {
  const { transcript } = setUp(10);
  for (const done of [1, 5, 4, 6, 11, 12, 0]) transcript.line(`PROGRESS: ${done}`, "stdout");
  assertEquals(transcript.anomalies, 4);
  assertEquals(transcript.progress, 0);
  transcript.line("PROGRESS: ?", "stdout");
  transcript.line("STATUS: ?", "stdout");
  assertEquals(transcript.malformed, 2);
  transcript[Symbol.dispose]();
});

Deno.test("Transcript takes progress and messages for a sign of life, and nothing else", async () => {
  const { clock, transcript } = setUp();
  const start = transcript.lastSignAt;
  await clock.advance(10);
  transcript.line("hello", "stdout");
  transcript.line("STATUS: RUNNING", "stdout");
  transcript.line("PROGRESS: ?", "stdout");
  assertEquals(transcript.lastSignAt, start);
  transcript.line("MESSAGE: here", "stdout");
  assertEquals(transcript.lastSignAt, start + 10);
  transcript[Symbol.dispose]();
});

Deno.test("Transcript emits nothing after it was disposed of", async () => {
  const { clock, transcript, take } = setUp();
  transcript.line("PROGRESS: 1", "stdout");
  transcript.line("PROGRESS: 2", "stdout");
  transcript[Symbol.dispose]();
  assertEquals(take().length, 2);
  await clock.advance(1000);
  assertEquals(take(), []);
});
