import { ProtocolHandler } from "@lambdawaker/executor/protocol";
import { assert, assertEquals } from "@std/assert";
import { TaskStatus } from "../../../src/model/statuses.ts";
import { readProgress } from "../../../src/output/protocol/prefixes.ts";
import type { Signal } from "../../../src/model/protocol.ts";

const progress = (done: number): Signal => ({ kind: "progress", done });
const message = (text: string): Signal => ({ kind: "message", text });
const log: Signal = { kind: "log" };
const malformed: Signal = { kind: "malformed" };

Deno.test("ProtocolHandler is a class that takes nothing", () => {
  assertEquals(new ProtocolHandler().parse("PROGRESS: 10"), { kind: "progress", done: 10 });
});

const LINES: [line: string, signal: Signal][] = [
  ["PROGRESS: 12", progress(12)],
  ["PROGRESS:12", progress(12)],
  ["PROGRESS:    12", progress(12)],
  ["PROGRESS: 0", progress(0)],
  ["PROGRESS: 007", progress(7)],
  ["PROGRESS: 999999999999999", progress(999_999_999_999_999)],
  ["PROGRESS: ", malformed],
  ["PROGRESS: 12 \t ", progress(12)],
  ["PROGRESS: 12\r", progress(12)],
  ["PROGRESS: 9007199254740991", progress(Number.MAX_SAFE_INTEGER)],
  ["PROGRESS: 9007199254740992", malformed],
  ["PROGRESS: -1", malformed],
  ["PROGRESS: +1", malformed],
  ["PROGRESS: 10.0", progress(10)],
  ["PROGRESS: 1.5", malformed],
  ["PROGRESS: 1e3", malformed],
  ["PROGRESS: 0x10", malformed],
  ["PROGRESS: 12%", malformed],
  ["PROGRESS: 12/40", malformed],
  ["PROGRESS: ١٢", malformed],
  ["PROGRESS:", malformed],
  ["PROGRESS: twelve", malformed],
  ["STATUS: SUCCESS", { kind: "status", status: "SUCCESS" }],
  ["STATUS:success", { kind: "status", status: "SUCCESS" }],
  ["STATUS: Success", malformed],
  ["STATUS: DONE", malformed],
  ["STATUS: toString", malformed],
  ["STATUS: __proto__", malformed],
  ["STATUS:", malformed],
  ["STATUS: FAILED now", malformed],
  ["MESSAGE: resizing cat.png", message("resizing cat.png")],
  ["MESSAGE:resizing", message("resizing")],
  ["MESSAGE:   indented  ", message("  indented")],
  ["MESSAGE: PROGRESS: 3\r", message("PROGRESS: 3")],
  ["MESSAGE:", message("")],
  ["MESSAGE: \u0000\x1b[31m", message("\u0000\x1b[31m")],
  ["", log],
  ["hello", log],
  [" PROGRESS: 12", log],
  ["progress: 12", log],
  ["PROGRESS 12", log],
  ["PROGRESSES: 12", log],
  ["ERROR: PROGRESS: 12", log],
  ["\u0000PROGRESS: 12", log],
];

for (const [line, signal] of LINES) {
  Deno.test(`ProtocolHandler reads ${JSON.stringify(line)} as ${signal.kind}`, () => {
    assertEquals(new ProtocolHandler().parse(line), signal);
  });
}

Deno.test("readProgress() agrees with ProtocolHandler, wherever the line is among other bytes", () => {
  let count = 0;
  for (const [line, signal] of LINES) {
    const bytes = new TextEncoder().encode(`7\n${line}\n8`);
    const done = readProgress(new DataView(bytes.buffer), 2, bytes.length - 2);
    if (done === undefined) continue;
    assertEquals(signal, { kind: "progress", done });
    count++;
  }
  assert(count >= 3, `${count} lines were read`);
});

Deno.test("ProtocolHandler knows every status, upper and lower case", () => {
  for (const status of Object.values(TaskStatus)) {
    for (const name of [status, status.toLowerCase()]) {
      assertEquals(new ProtocolHandler().parse(`STATUS: ${name}`), { kind: "status", status });
    }
  }
});

Deno.test("ProtocolHandler reads nothing on stderr", () => {
  assertEquals(new ProtocolHandler().parse("PROGRESS: 12", "stderr"), log);
});
