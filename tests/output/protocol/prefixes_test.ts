import { ProtocolHandler } from "@lambdawaker/executor/protocol";
import { assert, assertEquals } from "@std/assert";
import { TaskStatus } from "../../../src/model/statuses.ts";
import { type ProgressRun, readProgressRun } from "../../../src/output/protocol/prefixes.ts";
import type { Signal } from "../../../src/model/protocol.ts";
import { forSeeds } from "../../helpers/random.ts";

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

/** Reads the run that begins at byte 2. */
const readRun = (text: string, max = Infinity) =>
  readProgressRun(new DataView(new TextEncoder().encode(text).buffer), 2, max);

Deno.test("readProgressRun() agrees with ProtocolHandler, wherever the line is among other bytes", () => {
  let count = 0;
  for (const [line, signal] of LINES) {
    const run = readRun(`7\n${line}\n8\n`);
    if (run === undefined) continue;
    assertEquals(run, { first: run.last, last: run.last, stop: 2 + line.length + 1 });
    assertEquals(signal, { kind: "progress", done: run.last });
    count++;
  }
  assert(count >= 3, `${count} lines were read`);
});

Deno.test("readProgressRun() reads lines as long as their numbers do not go down, and up to a maximum", () => {
  const text = (...numbers: (number | string)[]) =>
    `7\n${numbers.map((number) => `PROGRESS: ${number}\n`).join("")}`;
  const run = (first: number, last: number, read: string) => ({ first, last, stop: read.length });
  assertEquals(readRun(text(1, 9, 9, 10)), run(1, 10, text(1, 9, 9, 10)));
  assertEquals(readRun(text(3, 4, 2, 5)), run(3, 4, text(3, 4)));
  assertEquals(readRun(text(3, 4, 5), 4), run(3, 4, text(3, 4)));
  assertEquals(readRun(text(5, 6), 4), run(5, 5, text(5)));
  assertEquals(readRun(text(3, "4 ", 5)), run(3, 3, text(3)));
  assertEquals(
    readRun(text(0, "1".repeat(15), "1".repeat(16))),
    run(0, +"1".repeat(15), text(0, "1".repeat(15))),
  );
  assertEquals(readRun(`${text(1)}PROGRESS: \n`), run(1, 1, text(1)));
  assertEquals(readRun(`${text(1)}PROGRESS:\n`), run(1, 1, text(1)));
  assertEquals(readRun("7\n\n"), undefined);
  assertEquals(readRun(text(12340, 12345, "12345x")), run(12340, 12345, text(12340, 12345)));
  assertEquals(readRun(text(12340, 12345, 123456)), run(12340, 123456, text(12340, 12345, 123456)));
  const first = new DataView(new TextEncoder().encode("PROGRESS: 1\n").buffer);
  assertEquals(readProgressRun(first, 0, Infinity), { first: 1, last: 1, stop: first.byteLength });
});

Deno.test("readProgressRun() reads any lines as ProtocolHandler does, one after the other", async () => {
  await forSeeds(300, (random) => {
    const max = random.integer(2) ? Infinity : 10 ** random.integer(12);
    let number = 10 ** random.integer(13);
    const lines = Array.from({ length: 1 + random.integer(60) }, () => {
      number += random.integer(10) ? random.integer(4) : -random.integer(3) - 1;
      if (random.integer(20) === 0) number = 10 ** random.integer(13);
      const line = `PROGRESS: ${Math.max(0, number)}`;
      if (random.integer(20)) return line;
      // One character is another one: those before and after the digits, too.
      const at = random.integer(line.length);
      return line.slice(0, at) + "/:0Q \u00009"[random.integer(7)] + line.slice(at + 1);
    });
    const run = readRun(`7\n${lines.join("\n")}\n`, max);
    let expected: ProgressRun | undefined;
    for (const line of lines) {
      const signal = new ProtocolHandler().parse(line);
      const isPlain = signal.kind === "progress" && /^PROGRESS: \d{1,15}$/.test(line);
      if (!isPlain) break;
      const { done } = signal;
      if (expected !== undefined && (done < expected.last || done > max)) break;
      const stop: number = (expected?.stop ?? 2) + line.length + 1;
      expected = { first: expected?.first ?? done, last: done, stop };
    }
    assertEquals(run, expected, JSON.stringify({ lines, max }));
    return Promise.resolve();
  });
});

Deno.test("readProgressRun() ends before a line that has any wrong byte", () => {
  for (let digits = 1; digits <= 15; digits++) {
    const line = (last: number) => `PROGRESS: ${"9".repeat(digits - 1)}${last}\n`;
    const [first, second, third] = [line(1), line(2), line(3)];
    for (let at = 0; at < second.length; at++) {
      const wrong = `${second.slice(0, at)}x${second.slice(at + 1)}`;
      const read = readRun(`7\n${first}${wrong}${third}`);
      assertEquals(read?.stop, 2 + first.length, wrong);
    }
  }
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
