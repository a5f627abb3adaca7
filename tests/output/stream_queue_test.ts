// Bytes of two streams in one queue, and tags in front of lines.
import { assert, assertEquals } from "@std/assert";
import { ByteQueue } from "../../src/output/byte_queue.ts";
import { defaultTag, tagItem, tagLines } from "../../src/output/line_tag.ts";
import { Spool } from "../../src/output/spool.ts";
import { StreamQueue } from "../../src/output/stream_queue.ts";
import { forSeeds, type Random } from "../helpers/random.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const encode = (value: string) => new TextEncoder().encode(value);

/** Returns some lines, the last one perhaps without an end. */
function someLines(random: Random): string {
  const line = () => random.pick(["", "a", "b".repeat(random.integer(300)), "c".repeat(70_000)]);
  const lines = Array.from({ length: random.integer(20) }, line).join("\n");
  return random.integer(2) === 0 ? lines : `${lines}\n`;
}

Deno.test("bytes come out in the order in which they were added, each of its stream", async () => {
  await forSeeds(60, async (random) => {
    const spool = new Spool(random.pick([0, 100_000, 1 << 30]));
    const queue = new StreamQueue(new ByteQueue(spool));
    const added: { stream: "stdout" | "stderr"; text: string }[] = [];
    const taken: { stream: "stdout" | "stderr"; text: string }[] = [];
    const take = async () => {
      const { stream, bytes } = await queue.take();
      taken.push({ stream, text: text(bytes) });
    };
    for (let step = 0; step < 30; step++) {
      const stream = random.pick(["stdout", "stderr"] as const);
      const piece = someLines(random);
      const way = random.integer(4);
      if (way < 2) queue.add(stream, encode(piece));
      else {
        const other = new ByteQueue(spool);
        other.write(encode(piece));
        const whole = new StreamQueue(new ByteQueue(spool));
        if (way === 2) queue.add(stream, other);
        else whole.add(stream, other);
        queue.append(whole);
      }
      added.push({ stream, text: piece });
      await spool.settle();
      const length = added.reduce((sum, { text }) => sum + text.length, 0) -
        taken.reduce((sum, { text }) => sum + text.length, 0);
      assertEquals([queue.length, queue.isEmpty], [length, length === 0]);
      if (random.integer(3) === 0 && !queue.isEmpty) await take();
    }
    while (!queue.isEmpty) await take();
    assertEquals(joined(taken), joined(added));
    await spool.close();
  });
});

/** Joins neighbours of the same stream. */
function joined(pieces: readonly { stream: string; text: string }[]): string[] {
  const texts: string[] = [];
  let before = "";
  for (const { stream, text } of pieces) {
    if (text === "") continue;
    if (stream === before) texts.push(texts.pop() + text);
    else texts.push(`${stream} ${text}`);
    before = stream;
  }
  return texts;
}

for (const [stream, other] of [["stdout", "stderr"], ["stderr", "stdout"]] as const) {
  Deno.test(`pieces of ${stream} end with a line, unless it is longer than a block`, async () => {
    const spool = new Spool(0);
    const queue = new StreamQueue(new ByteQueue(spool));
    const lines = Array.from(
      { length: 5_000 },
      (_, line) => `line ${line} ${"x".repeat(line % 90)}\n`,
    );
    queue.add(stream, encode(`${lines.join("")}end`));
    queue.add(other, encode("out"));
    await spool.settle();
    const pieces: string[] = [];
    while (!queue.isEmpty) pieces.push(text((await queue.take()).bytes));
    assert(pieces.length > 3, `${pieces.length}`);
    for (const piece of pieces.slice(0, -2)) assert(piece.endsWith("\n"), piece.slice(-50));
    assertEquals([pieces.at(-2)!.slice(-4), pieces.at(-1)], ["\nend", "out"]);
    await spool.close();
  });
}

Deno.test("a tag stands in front of each line, however the bytes are cut", async () => {
  await forSeeds(200, (random) => {
    const whole = Array.from({ length: random.integer(40) }, () => random.pick(["a", "\n", "bc"]))
      .join("");
    const tag = encode(random.pick(["", "t ", "né\t"]));
    let tagged = "";
    let isAtStart = true;
    for (let at = 0; at < whole.length;) {
      const piece = whole.slice(at, at += 1 + random.integer(6));
      tagged += text(tagLines(encode(piece), { tag, isAtStart }));
      isAtStart = piece.endsWith("\n");
    }
    const lines = whole.split("\n");
    const last = lines.pop()!;
    const wanted = lines.map((line) => `${text(tag)}${line}\n`).join("") +
      (last === "" ? "" : text(tag) + last);
    assertEquals(tagged, wanted);
  });
});

Deno.test("an item in a tag is one line and one column of text", () => {
  assertEquals(tagItem("a\tb\nc\x1b[2Jd\r\x07"), "a b cd\\r");
  const extraData = { startIndex: 0, endIndex: 1, range: 7 };
  assertEquals(defaultTag({ extraData }), "range 7: ");
  assertEquals(defaultTag({ extraData: { ...extraData, items: ["x\x1b]0;t\x07y"] } }), "xy\t");
});
