import { assertEquals, assertMatch } from "@std/assert";
import { explainMalformed, findNearMiss } from "../../src/doctor/near_miss.ts";
import type { SignalPrefix } from "../../src/model/protocol.ts";
import { ProtocolHandler } from "@lambdawaker/executor/protocol";

const NEAR: [line: string, prefix: SignalPrefix, why: RegExp][] = [
  ["progress: 3", "PROGRESS", /capitals/],
  ["Progress: 50%", "PROGRESS", /capitals/],
  ["progress 3", "PROGRESS", /capitals, with a colon/],
  ["Status: success", "STATUS", /capitals/],
  ["message: hello", "MESSAGE", /capitals/],
  ["PROGRESS 3", "PROGRESS", /colon must come right after the word: PROGRESS:/],
  ["PROGRESS=3", "PROGRESS", /colon/],
  ["PROGRESS : 3", "PROGRESS", /colon/],
  ["STATUS SUCCESS", "STATUS", /colon/],
  ["STATUS=FAILED", "STATUS", /colon/],
  ["MESSAGE hello", "MESSAGE", /colon/],
  ["  PROGRESS: 3", "PROGRESS", /blanks/],
  ["\tMESSAGE: hello", "MESSAGE", /blanks/],
  ["2026-01-02 10:00:00 INFO PROGRESS: 3", "PROGRESS", /other text.*logger/],
  ["[INFO] MESSAGE: hello", "MESSAGE", /other text/],
  ["INFO:root:STATUS: SUCCESS", "STATUS", /other text/],
  ["\x1b[32mPROGRESS: 3\x1b[0m", "PROGRESS", /colour/],
  ["\x1b[1;32mMESSAGE: hello\x1b[0m", "MESSAGE", /colour/],
];

for (const [line, prefix, why] of NEAR) {
  Deno.test(`${JSON.stringify(line)} is nearly a signal`, () => {
    assertEquals(new ProtocolHandler().parse(line, "stdout").kind, "log");
    const miss = findNearMiss(line);
    assertEquals(miss?.prefix, prefix);
    assertMatch(miss!.why, why);
  });
}

const FAR = [
  "",
  "hello",
  "making progress",
  "progress is slow: 3 s",
  "PROGRESSES: 12",
  "the status of SUCCESS",
  "HTTP STATUS: 200",
  "ERROR MESSAGE: disk full",
  "STATUSES",
];

for (const line of FAR) {
  Deno.test(`${JSON.stringify(line)} is a log line like any other`, () => {
    assertEquals(findNearMiss(line), undefined);
  });
}

Deno.test("lines with many repeated prefixes are checked in little time", () => {
  const start = performance.now();
  for (const part of ["PROGRESS: ", "MESSAGE ", ": MESSAGE", "\x1b[", " STATUS: SUC", "]-]-"]) {
    findNearMiss(`MESSAGE${part.repeat(100)}`);
    findNearMiss(part.repeat(100));
  }
  assertEquals(performance.now() - start < 2_000, true);
});

const MALFORMED: [line: string, why: RegExp][] = [
  ["PROGRESS: 50%", /items, not per cent/],
  ["PROGRESS: 1.5", /whole items/],
  ["PROGRESS: 1e3", /whole items/],
  ["PROGRESS: 0.5", /no share from 0 to 1/],
  ["PROGRESS: 3/10", /without the total/],
  ["PROGRESS: 3 of 10", /without the total/],
  ["PROGRESS: -1", /negative/],
  ["PROGRESS: 3 items", /only digits/],
  ["PROGRESS: 9007199254740992", /too large/],
  ["PROGRESS:", /number is missing/],
  ["PROGRESS: many", /in digits/],
  ["PROGRESS: 1PROGRESS: 2", /several signals in one line/],
  ["STATUS: done", /no such status: use PENDING, RUNNING, SUCCESS/],
  ["STATUS: Success", /all in capitals/],
  ["STATUS: FAILED now", /other words go into a MESSAGE/],
  ["STATUS:", /name is missing/],
];

for (const [line, why] of MALFORMED) {
  Deno.test(`${JSON.stringify(line)} is malformed, with an explanation`, () => {
    assertEquals(new ProtocolHandler().parse(line, "stdout").kind, "malformed");
    assertMatch(explainMalformed(line).why, why);
  });
}
