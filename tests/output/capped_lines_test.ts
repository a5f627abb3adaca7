import { assertEquals } from "@std/assert";
import { CappedLines, MAX_LINE_BYTES } from "../../src/output/capped_lines.ts";
import { forSeeds } from "../helpers/random.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** What is read: whole lines, and what is left over at the end. */
interface Read {
  lines: string[];
  fragment?: string;
}

async function readAll(capped: CappedLines): Promise<Read> {
  const lines: string[] = [];
  const fragment = await capped.forEach((line) => lines.push(line));
  return fragment === undefined ? { lines } : { lines, fragment };
}

async function read(chunks: Uint8Array[]): Promise<Read & { droppedBytes: number }> {
  const capped = new CappedLines(ReadableStream.from(chunks));
  return { ...await readAll(capped), droppedBytes: capped.droppedBytes };
}

const CASES: [name: string, input: string, lines: string[], fragment?: string][] = [
  ["nothing", "", []],
  ["LF", "a\nb\n", ["a", "b"]],
  ["CRLF", "a\r\nb\r\n", ["a", "b"]],
  ["empty lines", "\n\na\n\n", ["", "", "a", ""]],
  ["a last line without newline", "a\nb", ["a"], "b"],
  ["only a fragment", "PROGRESS: 12", [], "PROGRESS: 12"],
  ["NULs", "a\0b\n\0\n", ["a\0b", "\0"]],
  ["a CR inside", "10%\r20%\n", ["10%\r20%"]],
];

for (const [name, input, lines, fragment] of CASES) {
  Deno.test(`CappedLines reads ${name}, however it is cut into chunks`, async () => {
    const bytes = encode(input);
    const expected = { lines, ...(fragment === undefined ? {} : { fragment }), droppedBytes: 0 };
    assertEquals(await read([bytes]), expected);
    assertEquals(await read(Array.from(bytes, (byte) => Uint8Array.of(byte))), expected);
  });
}

Deno.test("CappedLines replaces bytes that are not UTF-8", async () => {
  const { lines, fragment } = await read([Uint8Array.of(0x61, 0xff, 0x62, 10, 0xc3)]);
  assertEquals([lines, fragment], [["a\ufffdb"], "\ufffd"]);
});

Deno.test("CappedLines joins characters that chunks cut", async () => {
  const bytes = encode("größe 日本\n");
  const { lines } = await read(Array.from(bytes, (byte) => Uint8Array.of(byte)));
  assertEquals(lines, ["größe 日本"]);
});

Deno.test("CappedLines cuts a line at 64 KiB, and counts what it drops", async () => {
  const long = "x".repeat(MAX_LINE_BYTES);
  assertEquals(await read([encode(`${long}\n`)]), { lines: [long], droppedBytes: 0 });
  assertEquals(await read([encode(`${long}yz\nnext\n`)]), {
    lines: [long, "next"],
    droppedBytes: 2,
  });
  assertEquals(await read([encode(`first\n${long}`), encode("y\n")]), {
    lines: ["first", long],
    droppedBytes: 1,
  });
  assertEquals(await read([encode(long), encode(long), encode("\nnext")]), {
    lines: [long],
    fragment: "next",
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

/** What a reader that knows nothing of chunks finds. */
function splitAtReturns(text: string): { lines: [string, string][]; fragment?: string } {
  const lines: [string, string][] = [];
  let fragment = "";
  for (const char of text) {
    if (char !== "\n" && char !== "\r") fragment += char;
    else {
      lines.push([fragment.slice(0, MAX_LINE_BYTES), char]);
      fragment = "";
    }
  }
  return fragment === "" ? { lines } : { lines, fragment: fragment.slice(0, MAX_LINE_BYTES) };
}

Deno.test("CappedLines splits at carriage returns, too, when asked, whatever the chunks", async () => {
  await forSeeds(200, async (random) => {
    const long = "z".repeat(random.integer(2 * MAX_LINE_BYTES));
    const parts = Array.from(
      { length: random.integer(20) },
      () => random.pick(["\n", "\r\n", "\r", "\r", "a", "bc", long]),
    );
    const text = parts.join("");
    const bytes = encode(text);
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      const size = 1 + random.integer(random.pick([3, 1000, 100_000]));
      chunks.push(bytes.subarray(at, at += size));
    }
    const capped = new CappedLines(ReadableStream.from(chunks), { splitsAtCarriageReturn: true });
    const lines: [string, string][] = [];
    const fragment = await capped.forEach((line, end) => lines.push([line, end]));
    assertEquals(fragment === undefined ? { lines } : { lines, fragment }, splitAtReturns(text));
    const kept = [...lines.map(([line]) => line), fragment ?? ""].join("").length + lines.length;
    assertEquals(capped.droppedBytes, text.length - kept);
  });
});

Deno.test("CappedLines hands on what a carriage return ended as soon as it is there", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const arrived = Promise.withResolvers<string>();
  const capped = new CappedLines(readable, { splitsAtCarriageReturn: true });
  const reading = capped.forEach((line) => arrived.resolve(line));
  const writer = writable.getWriter();
  await writer.write(encode("10%\r"));
  assertEquals(await arrived.promise, "10%");
  await writer.close();
  assertEquals(await reading, undefined);
});

Deno.test("CappedLines yields what came before it was abandoned, a fragment too", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const capped = new CappedLines(readable);
  const reading = readAll(capped);
  const writer = writable.getWriter();
  await writer.write(encode("a\nb"));
  capped.abandon();
  assertEquals(await reading, { lines: ["a"], fragment: "b" });
  await writer.closed.catch(() => {});
});

Deno.test("CappedLines takes a stream that breaks for one that has ended", async () => {
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encode("a\nb")),
    pull: () => Promise.reject(new Error("pipe broke")),
  }, { highWaterMark: 0 });
  assertEquals(await readAll(new CappedLines(broken)), { lines: ["a"], fragment: "b" });
});

Deno.test("CappedLines hands a line on as soon as it is there", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  let next = Promise.withResolvers<string>();
  const reading = new CappedLines(readable).forEach((line) => next.resolve(line));
  const writer = writable.getWriter();
  for (const line of ["first", "second"]) {
    await writer.write(encode(`${line}\n`));
    assertEquals(await next.promise, line);
    next = Promise.withResolvers();
  }
  await writer.close();
  assertEquals(await reading, undefined);
});
