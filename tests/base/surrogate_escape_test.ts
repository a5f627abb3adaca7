import { assert, assertEquals } from "@std/assert";
import { decodeBytes, encodeBytes, showBytes } from "../../src/base/surrogate_escape.ts";
import { forSeeds } from "../helpers/random.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** The bytes that a string stands for. */
function bytesOf(text: string): number[] {
  return Array.from(text).flatMap((character) => {
    const code = character.charCodeAt(0);
    const isByte = character.length === 1 && code >= 0xdc80 && code <= 0xdcff;
    return isByte ? [code - 0xdc00] : Array.from(encode(character));
  });
}

Deno.test("whatever the bytes are, the string keeps them", async () => {
  await forSeeds(500, (random) => {
    const piece = () =>
      random.pick([
        () => Array.from(encode(random.pick(["a", "é", "€", "😀", "\uFFFD", "\uFEFF", "\0"]))),
        () => [random.integer(256)],
        () => Array.from(encode("😀")).slice(0, 1 + random.integer(3)),
      ])();
    const bytes = Array.from({ length: random.integer(12) }, piece).flat();
    const text = decodeBytes(new Uint8Array(bytes));
    assertEquals(bytesOf(text), bytes);
    assertEquals(Array.from(encodeBytes(text)), bytes);
    let isUtf8 = true;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(bytes));
    } catch {
      isUtf8 = false;
    }
    assertEquals(text.isWellFormed(), isUtf8);
  });
});

Deno.test("people see the bytes, and the text around them", () => {
  const text = decodeBytes(new Uint8Array([...encode("caf"), 0xe9, ...encode(" 😀"), 0]));
  assertEquals(showBytes(text), "caf\\xe9 😀\\0");
  assert(showBytes("😀é").isWellFormed());
});

Deno.test("what nobody would see is shown", () => {
  assertEquals(showBytes("a\r\n\ufeffb\0"), "a\\r\n\\ufeffb\\0");
  assertEquals(showBytes("\ud83d \udce9 \udd00 😀"), "\\ud83d \\xe9 \\udd00 😀");
});
