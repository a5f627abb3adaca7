import { assertEquals, assertThrows } from "@std/assert";
import { concatBytes } from "../../../src/base/bytes.ts";
import {
  encodeFrame,
  type Frame,
  FrameReader,
  Kind,
  textOf,
} from "../../../src/launchers/pilot/frames.ts";

const SENT = concatBytes(
  encodeFrame(Kind.ping),
  encodeFrame(Kind.stdout, 7, new Uint8Array([0, 30, 255, 10])),
  encodeFrame(Kind.warning, 0, "zażółć"),
  encodeFrame(Kind.stdoutEnd, 4_294_967_295),
);

function shown(frames: readonly Frame[]): unknown[] {
  return frames.map(({ kind, worker, payload }) => [kind, worker, Array.from(payload)]);
}

Deno.test("frames are found wherever the chunks are cut", () => {
  const whole = Array.from(new FrameReader().read(SENT));
  assertEquals(whole.map(({ kind }) => kind), [
    Kind.ping,
    Kind.stdout,
    Kind.warning,
    Kind.stdoutEnd,
  ]);
  assertEquals(textOf(whole[2]!), "zażółć");
  assertEquals(whole[3]!.worker, 4_294_967_295);
  for (let size = 1; size < SENT.length; size++) {
    const reader = new FrameReader();
    const found: Frame[] = [];
    for (let at = 0; at < SENT.length; at += size) {
      found.push(...reader.read(SENT.slice(at, at + size)));
    }
    assertEquals(shown(found), shown(whole), `chunks of ${size}`);
  }
});

Deno.test("what is no frame is refused before much of it is kept", () => {
  const text = new TextEncoder().encode("Welcome to this machine");
  assertThrows(() => Array.from(new FrameReader().read(text)), Error, "sends no frames");
});
