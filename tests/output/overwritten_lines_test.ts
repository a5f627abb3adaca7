import { assertEquals } from "@std/assert";
import type { AttemptEvent } from "../../src/model/event_body.ts";
import { PatternProtocol } from "../../src/output/protocol/pattern.ts";
import { OverwrittenLines } from "../../src/output/overwritten_lines.ts";
import { ProgressTracker } from "../../src/output/progress_tracker.ts";
import { StreamReader } from "../../src/output/stream_reader.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

/** Returns the log and the last share of a stream that comes a byte at a time. */
async function read(input: string, { killed = false } = {}) {
  const events: AttemptEvent[] = [];
  const tracker = new ProgressTracker({
    ...{ size: 10, clock: new FakeClock() },
    emit: (event) => events.push(event),
    protocol: () => new PatternProtocol(/^(?<percent>\d+)%/),
  });
  const lines = new OverwrittenLines(tracker, "stderr");
  const bytes = Array.from(new TextEncoder().encode(input), (byte) => Uint8Array.of(byte));
  const reader = new StreamReader(ReadableStream.from(bytes), { sink: lines });
  lines.finish((await reader.read())?.text || undefined, { killed });
  tracker[Symbol.dispose]();
  const log = events.flatMap((event) => event.kind === "log" ? event.lines : []);
  return { log, share: tracker.share };
}

const CASES: [name: string, input: string, log: string[], share?: number][] = [
  ["lines", "a\n\nb\n", ["a", "", "b"]],
  ["lines that end in CRLF", "a\r\n\r\nb\r\n", ["a", "", "b"]],
  ["a bar", "\r10%\r20%\r30%\n", [], 0.3],
  ["a bar that ends in a newline of its own", "10%\r20%\r\nnext\n", ["next"], 0.2],
  ["text under which other text is written", "wait\rwait.\rwait..\rdone\n", ["done"]],
  ["text that stands at the end", "wait\rgave up\r", ["gave up"]],
  ["text that stands at a newline", "wait\rgave up\r\nbye\n", ["gave up", "bye"]],
  ["returns without text", "\r\r\rstill here\r\r\r\n", ["still here"]],
  ["returns and nothing else", "\r\r", []],
  ["a fragment over standing text", "wait\rfatal", ["fatal"]],
  ["a fragment that is a signal", "10%\r20%", [], 0.2],
];

for (const [name, input, log, share] of CASES) {
  Deno.test(`OverwrittenLines reads ${name}`, async () => {
    assertEquals(await read(input), { log, share });
  });
}

Deno.test("OverwrittenLines takes no fragment of a worker that was killed for a signal", async () => {
  assertEquals(await read("10%\r20%", { killed: true }), { log: ["20%"], share: 0.1 });
});

Deno.test("OverwrittenLines logs one line of a thousand that are written over each other", async () => {
  const updates = Array.from({ length: 1000 }, (_, index) => `step ${index}\r`).join("");
  assertEquals(await read(updates), { log: ["step 999"], share: undefined });
});
