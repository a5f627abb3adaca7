import { ProtocolHandler } from "@lambdawaker/executor";
import { assertEquals } from "@std/assert";
import { SignalFilter } from "../../src/output/signal_filter.ts";
import { forSeeds, Random } from "../helpers/random.ts";

const MAX_LINE = 64 * 1024;

/** Filters a stream that comes in pieces. */
function filter(stream: Uint8Array, sizes: () => number): string {
  const signals = new SignalFilter();
  let passed = "";
  const take = (bytes: Uint8Array) => {
    passed += toText(bytes);
  };
  for (let at = 0; at < stream.length;) {
    const size = sizes();
    take(signals.write(stream.subarray(at, at + size)));
    at += size;
  }
  take(signals.end());
  return passed;
}

/** A character per byte. */
function toText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const CASES: [name: string, printed: string, passed: string][] = [
  ["nothing", "", ""],
  ["signals alone", "PROGRESS: 1\nSTATUS: SUCCESS\nMESSAGE: hello\n", ""],
  ["signals between lines", "a\nPROGRESS: 1\nb\nMESSAGE: m\nMESSAGE: n\nc\n", "a\nb\nc\n"],
  [
    "what does not parse",
    "PROGRESS: many\nSTATUS: FINE\nprogress: 1\n",
    "PROGRESS: many\nSTATUS: FINE\nprogress: 1\n",
  ],
  ["no newline at the end", "a\nb", "a\nb"],
  ["a signal without a newline", "a\nPROGRESS: 2", "a\n"],
  ["a signal in CRLF", "PROGRESS: 2\r\na\r\n", "a\r\n"],
  [
    "bytes that are no text",
    "\xff\xfe\0\n\xc3PROGRESS: 1\nPROGRESS: 1\n\x80",
    "\xff\xfe\0\n\xc3PROGRESS: 1\n\x80",
  ],
  ["empty lines", "\n\nPROGRESS: 1\n\n", "\n\n\n"],
  ["a long line", `${"x".repeat(MAX_LINE + 7)}\nPROGRESS: 1\na`, `${"x".repeat(MAX_LINE + 7)}\na`],
  ["a long message", `a\nMESSAGE: ${"x".repeat(3 * MAX_LINE)}\nb\n`, "a\nb\n"],
];

for (const [name, printed, passed] of CASES) {
  Deno.test(`signals are left out, and nothing else: ${name}`, () => {
    const stream = toBytes(printed);
    const random = new Random(1);
    assertEquals(filter(stream, () => Infinity), passed, "in one piece");
    assertEquals(filter(stream, () => 1 + random.integer(9)), passed, "in small pieces");
    assertEquals(filter(stream, () => 1 + random.integer(2 * MAX_LINE)), passed, "in large pieces");
  });
}

Deno.test("signals are left out of any lines in any pieces", async () => {
  const protocol = new ProtocolHandler();
  const words = ["", "a", "PROGRESS: 1", "PROGRESS: x", "MESSAGE: m", "STATUS: RUNNING", "PROG"];
  await forSeeds(300, (random) => {
    const lines = Array.from({ length: random.integer(20) }, () => random.pick(words));
    const passed = lines.filter((line) =>
      /log|malformed/.test(protocol.parse(line, "stdout").kind)
    );
    const [stream, expected] = [lines, passed].map((some) =>
      some.map((line) => `${line}\n`).join("")
    );
    assertEquals(filter(toBytes(stream!), () => 1 + random.integer(30)), expected);
  });
});
