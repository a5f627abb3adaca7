import { assertEquals } from "@std/assert";
import { AgentStream, FrameSplitter } from "../../../src/launchers/remote/agent_stream.ts";
import { settle } from "../../helpers/fake_clock.ts";
import { forSeeds } from "../../helpers/random.ts";

/** Splits a text that comes in chunks; bytes that follow each other are joined. */
function split(chunks: string[]): { bytes: string; frames: string[] } {
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder("latin1")];
  const frames = new FrameSplitter(["hello", "nonce"]);
  const result = { bytes: "", frames: [] as string[] };
  for (const chunk of chunks) {
    for (const piece of frames.split(encoder.encode(chunk))) {
      if (typeof piece === "string") result.frames.push(piece);
      else result.bytes += decoder.decode(piece);
    }
  }
  result.bytes += decoder.decode(frames.rest());
  return result;
}

Deno.test("frames are taken out wherever they stand, and nothing else is", () => {
  const text =
    "\x1ehello\nab\x1enonce START n1 : 5\nc\n\x1e\x1enonce PONG\n\x1enon\x1enonce EXIT code 0\n";
  assertEquals(split([text]), {
    bytes: "abc\n\x1e\x1enon",
    frames: ["hello", "nonce START n1 : 5", "nonce PONG", "nonce EXIT code 0"],
  });
});

Deno.test("what begins like a frame and does not end is none", () => {
  assertEquals(split(["a\x1enonce EXIT"]), { bytes: "a\x1enonce EXIT", frames: [] });
  const long = `\x1enonce ${"x".repeat(5000)}\n`;
  assertEquals(split([long]), { bytes: long, frames: [] });
});

Deno.test("a prefix that was removed begins no frame any more", () => {
  const frames = new FrameSplitter(["hello", "nonce"]);
  const pieces: (string | Uint8Array)[] = [];
  for (const piece of frames.split(new TextEncoder().encode("\x1ehello\n\x1ehello\n"))) {
    pieces.push(piece);
    frames.removePrefix("hello");
  }
  assertEquals(pieces, ["hello", new TextEncoder().encode("\x1ehello\n")]);
});

Deno.test("it does not matter how the bytes are cut", () =>
  forSeeds(200, (random) => {
    const parts = [
      "a",
      "\n",
      "\x1e",
      "\x1enonce PONG\n",
      "\x1enonce",
      "\x1ehello\n",
      "hello",
      "nonce",
    ];
    const text = Array.from({ length: 20 }, () => random.pick(parts)).join("");
    const chunks: string[] = [];
    for (let at = 0; at < text.length;) {
      const end = at + 1 + random.integer(7);
      chunks.push(text.slice(at, end));
      at = end;
    }
    assertEquals(split(chunks), split([text]));
  }));

Deno.test("new AgentStream() reads nothing; a reader of its stream does", async () => {
  const frames: string[] = [];
  let pulls = 0;
  const source = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulls++;
      controller.enqueue(new TextEncoder().encode("\x1enonce PONG\na"));
      controller.close();
    },
  }, { highWaterMark: 0 });
  const output = new AgentStream(source, {
    prefixes: ["nonce"],
    onFrame: (text) => frames.push(text),
    onNoise() {},
  });
  output.begin();
  await settle();
  assertEquals([pulls, frames, output.lastSignAt], [0, [], undefined]);
  assertEquals(await new Response(output.stream).text(), "a");
  assertEquals([pulls, frames], [1, ["nonce PONG"]]);
});
