import { assertEquals } from "@std/assert";
import { CappedLines, type Line, MAX_LINE_BYTES } from "../src/capped_lines.ts";
import { forSeeds } from "./helpers/random.ts";

const encode = (text: string) => new TextEncoder().encode(text);

async function read(chunks: Uint8Array[]): Promise<{ lines: Line[]; droppedBytes: number }> {
  const capped = new CappedLines(ReadableStream.from(chunks));
  const lines = await Array.fromAsync(capped);
  return { lines, droppedBytes: capped.droppedBytes };
}

const whole = (text: string): Line => ({ text, fragment: false });
const fragment = (text: string): Line => ({ text, fragment: true });

const CASES: [name: string, input: string, lines: Line[]][] = [
  ["nothing", "", []],
  ["LF", "a\nb\n", [whole("a"), whole("b")]],
  ["CRLF", "a\r\nb\r\n", [whole("a"), whole("b")]],
  ["empty lines", "\n\na\n\n", [whole(""), whole(""), whole("a"), whole("")]],
  ["a last line without newline", "a\nb", [whole("a"), fragment("b")]],
  ["only a fragment", "PROGRESS: 12", [fragment("PROGRESS: 12")]],
  ["NULs", "a\0b\n\0\n", [whole("a\0b"), whole("\0")]],
  ["a CR inside", "10%\r20%\n", [whole("10%\r20%")]],
];

for (const [name, input, lines] of CASES) {
  Deno.test(`CappedLines reads ${name}, however it is cut into chunks`, async () => {
    const bytes = encode(input);
    assertEquals((await read([bytes])).lines, lines);
    assertEquals((await read(Array.from(bytes, (byte) => Uint8Array.of(byte)))).lines, lines);
  });
}

Deno.test("CappedLines replaces bytes that are not UTF-8", async () => {
  const { lines } = await read([Uint8Array.of(0x61, 0xff, 0x62, 10, 0xc3)]);
  assertEquals(lines, [whole("a\ufffdb"), fragment("\ufffd")]);
});

Deno.test("CappedLines joins characters that chunks cut", async () => {
  const bytes = encode("größe 日本\n");
  assertEquals((await read(Array.from(bytes, (byte) => Uint8Array.of(byte)))).lines, [
    whole("größe 日本"),
  ]);
});

Deno.test("CappedLines cuts a line at 64 KiB, and counts what it drops", async () => {
  const long = "x".repeat(MAX_LINE_BYTES);
  assertEquals(await read([encode(`${long}\n`)]), { lines: [whole(long)], droppedBytes: 0 });
  assertEquals(await read([encode(`${long}yz\nnext\n`)]), {
    lines: [whole(long), whole("next")],
    droppedBytes: 2,
  });
  assertEquals(await read([encode(long), encode(long), encode("\nnext")]), {
    lines: [whole(long), fragment("next")],
    droppedBytes: MAX_LINE_BYTES,
  });
});

Deno.test("CappedLines yields the same lines from any chunks of any text", async () => {
  await forSeeds(100, async (random) => {
    const parts = Array.from(
      { length: random.integer(20) },
      () =>
        random.pick(["\n", "\r\n", "a", "ä", "🦕", "z".repeat(random.integer(2 * MAX_LINE_BYTES))]),
    );
    const bytes = encode(parts.join(""));
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      const size = 1 + random.integer(random.pick([3, 1000, 100_000]));
      chunks.push(bytes.subarray(at, at += size));
    }
    assertEquals(await read(chunks), await read([bytes]));
  });
});

Deno.test("CappedLines yields what came before it was abandoned, a fragment too", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const capped = new CappedLines(readable);
  const lines = Array.fromAsync(capped);
  const writer = writable.getWriter();
  await writer.write(encode("a\nb"));
  capped.abandon();
  assertEquals(await lines, [whole("a"), fragment("b")]);
  await writer.closed.catch(() => {});
});

Deno.test("CappedLines takes a stream that breaks for one that has ended", async () => {
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encode("a\nb")),
    pull: () => Promise.reject(new Error("pipe broke")),
  }, { highWaterMark: 0 });
  assertEquals(await Array.fromAsync(new CappedLines(broken)), [whole("a"), fragment("b")]);
});

Deno.test("CappedLines hands a line on as soon as it is there", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const lines = new CappedLines(readable)[Symbol.asyncIterator]();
  const writer = writable.getWriter();
  await writer.write(encode("first\n"));
  assertEquals(await lines.next(), { done: false, value: whole("first") });
  const next = lines.next();
  await writer.write(encode("second\n"));
  assertEquals(await next, { done: false, value: whole("second") });
  const end = lines.next();
  await writer.close();
  assertEquals(await end, { done: true, value: undefined });
});
