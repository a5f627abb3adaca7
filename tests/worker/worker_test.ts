// The bytes that the worker API writes.
import { message, progress, status, type TaskStatus } from "@lambdawaker/executor/worker";
import { assertEquals, assertThrows } from "@std/assert";

const PROGRAM = new URL("../fixtures/prints_signals.ts", import.meta.url).pathname;

async function outputOf(...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", PROGRAM, ...args],
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test("each call is one line", async () => {
  const lines =
    "PROGRESS: 0\nPROGRESS: 12\nSTATUS: SUCCESS\nMESSAGE: größe 🦕\nMESSAGE: two lines\nMESSAGE: \n";
  assertEquals(await outputOf("lines"), lines);
});

Deno.test("a message is cut to the size of an atomic write, at a character", async () => {
  const line = await outputOf("long");
  const bytes = new TextEncoder().encode(line).length;
  assertEquals([bytes <= 4096, bytes > 4090, line.endsWith("ä\n")], [true, true, true]);
});

Deno.test("lines of processes that share a pipe never mix, and are written at once", async () => {
  const lines = (await outputOf("shared")).trimEnd().split("\n");
  const expected = Array.from({ length: 4 }, (_, writer) => `MESSAGE: ${`${writer}`.repeat(1000)}`);
  for (const line of expected) assertEquals(lines.filter((other) => other === line).length, 500);
  assertEquals(lines.length, 2000);
});

Deno.test("wrong values are refused before a line is written", () => {
  for (const done of [-1, 1.5, NaN, Infinity]) {
    assertThrows(() => progress(done), RangeError, `current value is ${done}`);
  }
  assertThrows(() => status("FINE" as TaskStatus), TypeError, "must be one of PENDING, RUNNING");
  assertThrows(() => message(undefined as unknown as string), TypeError);
});
