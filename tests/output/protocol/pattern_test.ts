import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ofKind, runJob } from "../../helpers/run_job.ts";
import { PatternProtocol } from "../../../src/output/protocol/pattern.ts";
import type { OutputStream, Signal } from "../../../src/model/protocol.ts";

const log: Signal = { kind: "log" };
const share = (share: number, text?: string): Signal =>
  text === undefined ? { kind: "share", share } : { kind: "share", share, text };

/** What is read of lines, one after the other. */
function read(
  patterns: RegExp | RegExp[],
  lines: string[],
  stream: OutputStream = "stderr",
): Signal[] {
  const protocol = new PatternProtocol(patterns);
  return lines.map((line) => protocol.parse(line, stream));
}

Deno.test("PatternProtocol reads per cent as a share, and no more than all", () => {
  const lines = ["at 45 %", "at 8.3%", "at 120%", "at -4%", "at 58%", "at x%"];
  assertEquals(read(/^at (?<percent>.*?) ?%/, lines), [
    ...[share(0.45), share(8.3 / 100), share(1), share(0), share(0.58)],
    log,
  ]);
});

Deno.test("PatternProtocol reads done of total as a share, in any unit", () => {
  const lines = ["5/20", "512K/2M", "00:30/01:00", "0/10", "1/0", "x/10", "1/y"];
  assertEquals(read(/^(?<done>\S+)\/(?<total>\S+)$/, lines), [
    ...[share(0.25), share(0.256), share(0.5), share(0)],
    ...[log, log, log],
  ]);
});

Deno.test("PatternProtocol reads done alone as items, when it is a whole number", () => {
  assertEquals(read(/^did (?<done>\S+)/, ["did 7", "did 1,234", "did 2M", "did 0:07", "did 1.5"]), [
    ...[{ kind: "progress", done: 7 }, { kind: "progress", done: 1234 }] as const,
    ...[log, log, log],
  ]);
});

Deno.test("PatternProtocol remembers a total for what is done after it, the greatest of several", () => {
  const patterns = [/^length (?<total>\S+)/, /^at (?<done>\S+)/];
  const lines = ["at 3", "length 10", "length 40", "length 20", "at 10", "at 20"];
  assertEquals(read(patterns, [...lines, "length 30", "at 15", "length ?"]), [
    { kind: "progress", done: 3 },
    ...Array<Signal>(3).fill({ kind: "nothing" }),
    share(0.25),
    share(0.5),
    { kind: "nothing" },
    share(0.5),
    log,
  ]);
  assertEquals(read(patterns, ["at 10"]), [{ kind: "progress", done: 10 }], "each its own");
});

Deno.test("PatternProtocol reads a message, alone or beside progress, its blanks drawn together", () => {
  const pattern = /^(?:(?<percent>\d+)%)?(?:(?<done>\d+) files)? *(?<message>.+)?/;
  assertEquals(read(pattern, ["50%  so   far ", "3 files now", "   starts\tup"]), [
    share(0.5, "so far"),
    { kind: "progress", done: 3, text: "now" },
    { kind: "message", text: "starts up" },
  ]);
});

Deno.test("PatternProtocol tries its patterns in order, and passes over what it cannot read", () => {
  const patterns = [/^(?<percent>.+)%$/, /^(?<message>\?+)%$/, /^%$|^-+$/];
  assertEquals(read(patterns, ["3%", "???%", "-----", "xx%"]), [
    share(0.03),
    { kind: "message", text: "???" },
    { kind: "nothing" },
    log,
  ]);
});

Deno.test("PatternProtocol leaves the prefixes their meaning, on stdout", () => {
  const lines = ["PROGRESS: 3", "STATUS: SUCCESS", "PROGRESS: x", "PROGRESS: 30%"];
  assertEquals(read(/(?<percent>\d+)%/, lines, "stdout"), [
    { kind: "progress", done: 3 },
    { kind: "status", status: "SUCCESS" },
    { kind: "malformed" },
    share(0.3),
  ]);
  assertEquals(read(/(?<percent>\d+)%/, lines.slice(0, 1)), [log]);
});

Deno.test("PatternProtocol sees no colours, and searches each line from its start", () => {
  assertEquals(read(/^(?<percent>\d+)%/gy, ["\x1b[1;32m10\x1b[0m%", "20%", "\x1b[2K30%"]), [
    ...[share(0.1), share(0.2), share(0.3)],
  ]);
});

Deno.test("PatternProtocol refuses patterns that tell nothing", () => {
  for (const patterns of [/x/, /(?<total>\d+)/, /(?<other>\d+)/, [], [/x/, /y/]]) {
    assertThrows(
      () => new PatternProtocol(patterns),
      RangeError,
      "must be regular expressions with a group (?<done>…)",
    );
  }
  new PatternProtocol([/x/, /(?<total>\d+)|(?<message>m)/]);
});

Deno.test("PatternProtocol reads the first 1,000 characters of a line", () => {
  const lines = [996, 997].map((length) => `${"x".repeat(length)}zend and more`);
  assertEquals(read(/z(?<message>end)/, lines), [{ kind: "message", text: "end" }, log]);
});

Deno.test("a pattern that is slow for a line is given up with one warning, and the prefixes are read", async () => {
  const line = "x".repeat(350);
  const result = await runJob(
    {
      totalItems: 2,
      chunkSize: 1,
      numWorkers: 1,
      protocol: () => new PatternProtocol(/x.*x.*x.*y(?<message>.*)/),
    },
    () => ["sh", "-c", `for i in 1 2 3; do echo ${line}; done; echo PROGRESS: 1`],
  );
  // A second run of this process is told as well.
  let told = "";
  const next = new PatternProtocol(/x.*x.*x.*y(?<message>.*)/);
  next.onSlow = (text) => told = text;
  assertEquals(next.parse(line, "stdout"), log);
  const warnings = ofKind(result, "warning").map(({ text }) => text);
  // It has the same time: the pattern was not measured again.
  assertEquals(warnings, [told]);
  assertMatch(
    warnings[0]!,
    /^the pattern \/x\..*\/ took \d+ ms for one line and is not used any more: progress that it would read is not shown$/,
  );
  assertEquals(ofKind(result, "attempt-ended").map(({ progress }) => progress), [1, 1]);
});
