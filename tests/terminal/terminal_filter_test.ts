// What reaches a terminal of a stream of bytes: text and colours, whatever the pieces in which it comes.
import { assert, assertEquals } from "@std/assert";
import { TerminalFilter } from "../../src/terminal/sanitize.ts";
import { forSeeds } from "../helpers/random.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function filtered(bytes: Uint8Array, { color = true, step = bytes.length } = {}): string {
  const filter = new TerminalFilter({ color });
  let text = "";
  for (let at = 0; at < bytes.length; at += step) {
    text += filter.filter(bytes.subarray(at, at + step));
  }
  return text;
}

const ROWS: readonly (readonly [name: string, bytes: string, shown: string])[] = [
  ["text", "one\ttwo\r\nthree – ü 漢 👍\n", "one\ttwo\r\nthree – ü 漢 👍\n"],
  ["OSC 52 with BEL", "a\x1b]52;c;ZXZpbA==\x07b\n", "ab\n"],
  ["OSC 8 with ST", "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\\n", "link\n"],
  ["device status", "a\x1b[6nb\x1b[5n\x1b[c\x1b[>c\n", "ab\n"],
  ["DCS", "a\x1bP$qm\x1b\\b\n", "ab\n"],
  ["APC, PM and SOS", "a\x1b_G\x1b\\b\x1b^p\x1b\\c\x1bXs\x1b\\d\n", "abcd\n"],
  ["C1 in UTF-8", "a\u009b6nb\u009d52;c;x\u009cc\u0090q\u009cd\n", "abcd\n"],
  ["erase, move, reset, charset", "\x1b[2J\x1b[1;1Ha\x1bc\x1b(0b\x1b7\n", "ab\n"],
  ["other controls", "a\x07\b\x7f\x00\x0e\x0f\x0b\x0cb\n", "ab\n"],
  ["a string that a line end ends", "a\x1b]0;title\nb\x07c\n", "a\nbc\n"],
  ["a sequence that a line end ends", "a\x1b[12\nJb\n", "a\nJb\n"],
  ["an unfinished sequence", "a\x1b[12", "a"],
  ["a long string", `a\x1b]52;c;${"x".repeat(5_000)}\x07b\n`, "ab\n"],
  ["many sequences", "\x1b[2J".repeat(1_000) + "a\n", "a\n"],
];

for (const [name, bytes, shown] of ROWS) {
  Deno.test(`a terminal filter, ${name}: in one piece, and byte by byte`, () => {
    assertEquals(filtered(encode(bytes)), shown);
    assertEquals(filtered(encode(bytes), { step: 1 }), shown);
    assertEquals(filtered(encode(bytes), { step: 3 }), shown);
  });
}

Deno.test("bytes that are not UTF-8 do not reach a terminal", () => {
  assertEquals(filtered(Uint8Array.of(97, 0x9b, 0x36, 0x6e, 98, 10)), "a\ufffd6nb\n");
  assertEquals(filtered(Uint8Array.of(97, 0xff, 0xc2, 10)), "a\ufffd\ufffd\n");
});

Deno.test("colours pass until the end of their line, if colour is wanted", () => {
  const bytes = encode("\x1b[1;38;5;9mred\x1b[0m \x1b[4:3mx\nplain\n");
  assertEquals(
    filtered(bytes),
    "\x1b[1;38;5;9mred\x1b[0m \x1b[4:3mx\x1b[0m\nplain\n",
  );
  assertEquals(filtered(bytes, { color: false }), "red x\nplain\n");
  assertEquals(filtered(encode("\x1b[?1m\x1b[>4;1m\x1b[1 m\n")), "\n");
});

Deno.test("no random bytes make a terminal do more than show text", () => {
  const alphabet = encode("\x1b[]P_^X\\;:?m1cn\x07\n\r\t a\u009b\u009d\x18\x1a");
  // deno-lint-ignore no-control-regex
  const active = /[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[[\d;:]*m)/u;
  return forSeeds(200, (random) => {
    const bytes = Uint8Array.from(
      { length: 300 },
      () => alphabet[random.integer(alphabet.length)]!,
    );
    const whole = filtered(bytes);
    assert(!active.test(whole), JSON.stringify(whole));
    assert(!active.test(filtered(bytes, { step: 7 })));
  });
});
