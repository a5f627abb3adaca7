import { assertEquals } from "@std/assert";
import { ByteStage, MAX_LINE_BYTES, type StateEnd } from "../../src/output/byte_stage.ts";
import { cut, everyCut, toBytes } from "../helpers/byte_streams.ts";
import { forSeeds } from "../helpers/random.ts";

const encode = (text: string) => new TextEncoder().encode(text);

interface Read {
  /** Each state with what ended it. */
  states: [text: string, end: StateEnd | undefined][];
  fragment?: string;
  droppedBytes: number;
}

/** Reads chunks, and makes sure that each state has its bytes. */
function read(chunks: readonly Uint8Array[], batchBytes?: number): Read {
  const stage = new ByteStage(batchBytes);
  const states: Read["states"] = [];
  for (const chunk of chunks) {
    for (const { text, marks } of stage.write(chunk)) {
      const [previous] = marks ?? [];
      if (previous?.end !== undefined) states.at(-1)![1] = previous.end;
      const texts = text.split("\n");
      assertEquals(texts.pop(), "", "a text ends in a newline");
      for (const [index, state] of texts.entries()) {
        states.push([state, marks === undefined ? "\n" : marks[index + 1]!.end]);
      }
    }
  }
  const fragment = stage.end()?.text;
  return {
    states,
    ...(fragment === undefined ? {} : { fragment }),
    droppedBytes: stage.droppedBytes,
  };
}

const LF: StateEnd = "\n";
const CR: StateEnd = "\r";

const CASES: [name: string, input: string, states: Read["states"], fragment?: string][] = [
  ["nothing", "", []],
  ["LF", "a\nb\n", [["a", LF], ["b", LF]]],
  ["CRLF", "a\r\nb\r\n", [["a", LF], ["b", LF]]],
  ["CR CR LF", "a\r\r\nb\n", [["a", LF], ["b", LF]]],
  ["empty lines", "\n\na\n\n", [["", LF], ["", LF], ["a", LF], ["", LF]]],
  ["empty lines in CRLF", "\r\n\r\na\r\n", [["", LF], ["", LF], ["a", LF]]],
  ["a last line without newline", "a\nb", [["a", LF]], "b"],
  ["only a fragment", "PROGRESS: 12", [], "PROGRESS: 12"],
  ["NULs", "a\0b\n\0\n", [["a\0b", LF], ["\0", LF]]],
  ["a rewritten line", "10%\r20%\n", [["10%", CR], ["20%", LF]]],
  ["returns in front", "\r10%\r20%\r\n", [["10%", CR], ["20%", LF]]],
  ["several returns", "\r\ra\r\r\rb\r\r", [["a", CR], ["b", CR]]],
  ["returns alone", "\r\r", [], ""],
  ["a fragment after a return", "a\rb", [["a", CR]], "b"],
  ["characters of several bytes", "größe\r日本\n🦕", [["größe", CR], ["日本", LF]], "🦕"],
];

for (const [name, input, states, fragment] of CASES) {
  Deno.test(`ByteStage reads ${name}, wherever chunks are cut`, () => {
    const expected = {
      states,
      ...(fragment === undefined ? {} : { fragment }),
      droppedBytes: 0,
    };
    for (const chunks of everyCut(encode(input))) assertEquals(read(chunks), expected);
  });
}

Deno.test("ByteStage replaces bytes that are not UTF-8", () => {
  const { states, fragment } = read([toBytes("a\xffb\n\xc3\r\x80\n\xc3")]);
  assertEquals(states, [["a\ufffdb", LF], ["\ufffd", CR], ["\ufffd", LF]]);
  assertEquals(fragment, "\ufffd");
});

Deno.test("ByteStage removes a byte order mark, from the first line alone", () => {
  for (const chunks of everyCut(encode("\ufeffa\n\ufeffb\r\n"))) {
    assertEquals(read(chunks).states, [["a", LF], ["\ufeffb", LF]]);
  }
});

Deno.test("ByteStage cuts a state at 64 KiB, and counts what it drops", () => {
  const long = "x".repeat(MAX_LINE_BYTES);
  const cases: [chunks: string[], states: Read["states"], dropped: number, fragment?: string][] = [
    [[`${long}\n`], [[long, LF]], 0],
    [[`${long}\r\n`], [[long, LF]], 0],
    [[`${long}yz\nnext\n`], [[long, LF], ["next", LF]], 2],
    [[`${long}yz\rnext\r\n`], [[long, CR], ["next", LF]], 2],
    [[`first\n${long}`, "y\n"], [["first", LF], [long, LF]], 1],
    [[long, "y"], [[long, undefined]], 1],
    [[long, "y", "\r"], [[long, CR]], 1],
    [[long, "y", "\r", "\n"], [[long, LF]], 1],
    [[long, long, "\nnext"], [[long, LF]], MAX_LINE_BYTES, "next"],
    [[long], [], 0, long],
  ];
  for (const [chunks, states, droppedBytes, fragment] of cases) {
    assertEquals(read(chunks.map(encode)), {
      states,
      ...(fragment === undefined ? {} : { fragment }),
      droppedBytes,
    });
  }
});

Deno.test("ByteStage holds no more than 64 KiB, whatever comes", () => {
  const stage = new ByteStage();
  const chunk = toBytes("x".repeat(60_000));
  for (const bytes of [chunk, chunk.slice().fill(13), chunk.slice().fill(13), chunk, chunk]) {
    for (const _ of stage.write(bytes));
    assertEquals((stage.end()?.bytes.length ?? 0) <= MAX_LINE_BYTES, true);
  }
});

Deno.test("a batch of whole lines ends with the line that reaches its size", () => {
  const texts = (chunk: string) =>
    Array.from(new ByteStage(5).write(encode(chunk)), ({ text }) => text);
  assertEquals(texts("a\nb\nc\nd\ne\n"), ["a\nb\nc\n", "d\ne\n"]);
  assertEquals(texts("a line\nb\nc\nan end"), ["a line\n", "b\nc\n"]);
  assertEquals(texts("abcd\ne\n"), ["abcd\n", "e\n"]);
  assertEquals(texts("a\nb\nc\nd\re\nf\n"), ["a\nb\nc\n", "d\ne\nf\n"]);
});

Deno.test("ByteStage reads the same states from any chunks of any text, in batches of any size", async () => {
  await forSeeds(200, (random) => {
    const long = "z".repeat(random.integer(2 * MAX_LINE_BYTES));
    const parts = Array.from(
      { length: random.integer(20) },
      () => random.pick(["\n", "\r\n", "\r", "\r", "a", "ä", "🦕", long]),
    );
    const bytes = encode(parts.join(""));
    const sizes = () => 1 + random.integer(random.pick([3, 1000, 100_000]));
    const batchBytes = random.pick([1, 10, 1000]);
    assertEquals(read(cut(bytes, sizes), batchBytes), read([bytes]));
    assertEquals(read(cut(bytes, sizes)), read([bytes]));
  });
});
