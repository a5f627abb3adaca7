/**
 * Makes text from workers safe to print.
 *
 * @module
 */

// Built from code points: as literals, half of these would be invisible.
const codePoints = (from: number, to = from) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`;

const CONTROLS = codePoints(0x00, 0x1f) + codePoints(0x7f, 0x9f);
/** Line and paragraph separators. */
const SEPARATORS = codePoints(0x2028, 0x2029);
/** Marks, embeddings, overrides and isolates that change the order of what stands beside them. */
const BIDI = codePoints(0x061c) + codePoints(0x200e, 0x200f) + codePoints(0x202a, 0x202e) +
  codePoints(0x2066, 0x2069);
/** Characters without a shape, tags among them. */
const SHAPELESS = codePoints(0x200b) + codePoints(0xfeff) + codePoints(0xfff9, 0xfffb) +
  codePoints(0xe0000, 0xe007f) +
  codePoints(0x0600, 0x0605) + codePoints(0x06dd);
/** What joins or tints emoji: terminals disagree on the width of the result, and agree on that of the parts. */
const MODIFIERS = codePoints(0xfe0f) + codePoints(0x1f3fb, 0x1f3ff);
const EMOJI_JOINER =
  `(?<=\\p{Extended_Pictographic}\\u{fe0f}?)\\u{200d}|\\u{200d}(?=\\p{Extended_Pictographic})`;

const SUSPECT = new RegExp(
  `[${CONTROLS}${SEPARATORS}${BIDI}${SHAPELESS}${MODIFIERS}\u{200d}\\p{Cs}]`,
  "u",
);
const UNWANTED = new RegExp(`${EMOJI_JOINER}|[${BIDI}${SHAPELESS}${MODIFIERS}]`, "gu");
const SPACES = new RegExp(`[\\t\\r\\n${SEPARATORS}]`, "gu");

/**
 * Drops what would do anything but show a character: control sequences whole (CSI, OSC, DCS, SOS, PM, APC; after ECMA-48),
 * control characters, changes of direction. Tabs and line breaks become spaces.
 *
 * @example
 * ```ts
 * import { sanitize } from "./sanitize.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(sanitize("\x1b[31mred\x1b]0;title\x07 ink\x1b[2J"), "red ink");
 * ```
 */
export function sanitize(text: string): string {
  if (!SUSPECT.test(text)) return text;
  return dropSequences(text.toWellFormed().replace(SPACES, " ")).replace(UNWANTED, "");
}

function dropSequences(text: string): string {
  let kept = "";
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === 0x1b) at = afterEscape(text, at + 1);
    else if (code < 0x20 || code === 0x7f) at++;
    else if (code >= 0x80 && code <= 0x9f) at = afterIntroducer(text, at + 1, code - 0x40);
    else kept += text[at++];
  }
  return kept;
}

/** Where text goes on after an ESC that stands before `at`. */
function afterEscape(text: string, at: number): number {
  const code = text.charCodeAt(at);
  // ESC and a character of this block are the 7-bit form of a C1 control.
  if (code >= 0x40 && code <= 0x5f) return afterIntroducer(text, at + 1, code);
  return afterMatch(ESCAPE, text, at);
}

/** What follows an ESC, a CSI, or what begins a control string. A string that is not ended takes all. */
const ESCAPE = /[\x20-\x2f]*[\x30-\x7e]?/y;
const CONTROL_SEQUENCE = /[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]?/y;
// deno-lint-ignore no-control-regex
const CONTROL_STRING = /[^\x07\x18\x1a\x1b\x9c]*(?:[\x07\x18\x1a\x9c]|\x1b\\)?/y;

/** Where text goes on after a C1 control, given in its 7-bit form. */
function afterIntroducer(text: string, at: number, code: number): number {
  switch (String.fromCharCode(code)) {
    case "[":
      return afterMatch(CONTROL_SEQUENCE, text, at);
    case "]":
    case "P":
    case "X":
    case "^":
    case "_":
      return afterMatch(CONTROL_STRING, text, at);
    default:
      return at;
  }
}

/** Where text goes on after what a sticky pattern, which matches the empty text too, takes at `at`. */
function afterMatch(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.test(text);
  return pattern.lastIndex;
}
