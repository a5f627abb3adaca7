import { assertEquals, assertMatch } from "@std/assert";
import { sanitize } from "../../src/terminal/sanitize.ts";
import { forSeeds } from "../helpers/random.ts";

const CASES: [name: string, text: string, safe: string][] = [
  ["plain text", "plain text, größe, 日本, 🦕", "plain text, größe, 日本, 🦕"],
  ["colours", "\x1b[1;31mred\x1b[0m", "red"],
  ["cursor moves", "a\x1b[2Jb\x1b[10;10Hc\x1b[?25ld", "abcd"],
  ["a private CSI with intermediates", "a\x1b[?1;2$yb", "ab"],
  ["a title, ended by BEL", "a\x1b]0;evil\x07b", "ab"],
  ["a title, ended by ST", "a\x1b]2;evil\x1b\\b", "ab"],
  ["a clipboard write", "a\x1b]52;c;ZXZpbA==\x07b", "ab"],
  ["a hyperlink", "\x1b]8;;http://evil\x1b\\text\x1b]8;;\x1b\\", "text"],
  ["a string that is not ended", "a\x1b]0;evil", "a"],
  ["a string that another sequence cuts", "a\x1b]0;evil\x1b[31mb", "ab"],
  ["DCS, SOS, PM, APC", "a\x1bPq\x1b\\b\x1bXq\x1b\\c\x1b^q\x1b\\d\x1b_q\x1b\\e", "abcde"],
  ["8-bit CSI and OSC", "a\x9b31mb\x9d0;evil\x9cc", "abc"],
  ["other C1 controls", "a\x84b\x8dc\x85d", "abcd"],
  ["character sets and resets", "a\x1b(0b\x1bcc\x1b7d\x1b#8e", "abcde"],
  ["a lone ESC at the end", "a\x1b", "a"],
  ["a CSI that is cut off", "a\x1b[31", "a"],
  ["ESC ESC", "a\x1b\x1b[31mb", "ab"],
  ["C0 controls and DEL", "a\x00b\x07c\x08d\x0ee\x7ff", "abcdef"],
  ["tabs and line breaks", "a\tb\r\nc\u2028d", "a b  c d"],
  ["changes of direction", "\u202eevil\u202c \u2066x\u2069 \u200fy\u061c", "evil x y"],
  ["characters without a shape", "a\u200bb\ufeffc\u{e0041}d", "abcd"],
  ["joined and tinted emoji", "👩‍👩‍👧 ❤️ 👍🏽", "👩👩👧 ❤ 👍"],
  ["joiners before emoji", "\u200d👩 a\u200d👩", "👩 a👩"],
  ["signs that enclose what follows", "a\u0600b\u06ddc", "abc"],
  ["a joiner between letters", "क्\u200dष", "क्\u200dष"],
  ["half a surrogate pair", "a\ud83eb", "a\ufffdb"],
];

for (const [name, text, safe] of CASES) {
  Deno.test(`sanitize() of ${name}`, () => assertEquals(sanitize(text), safe));
}

Deno.test("sanitize() leaves no control character and changes nothing twice", async () => {
  const parts = [
    "\x1b",
    "[",
    "]",
    "0;",
    "m",
    "\x07",
    "\\",
    "\x9b",
    "\x9c",
    "P",
    "a",
    "ü",
    "\u202e",
    "\x00",
    "🦕",
    "\x18",
  ];
  await forSeeds(2000, (random) => {
    const text = Array.from({ length: random.integer(30) }, () => random.pick(parts)).join("");
    const safe = sanitize(text);
    assertMatch(safe, /^[^\p{Cc}\p{Bidi_Control}]*$/u);
    assertEquals(sanitize(safe), safe);
  });
});
