/**
 * Makes text from workers safe to print.
 *
 * @module
 */

// Built from code points: as literals, half of these would be invisible.
const range = (from: number, to = from) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`;

const CONTROLS = range(0x00, 0x1f) + range(0x7f, 0x9f);
/** Line and paragraph separators. */
const SEPARATORS = range(0x2028, 0x2029);
/** Marks, embeddings, overrides and isolates that change the order of what stands beside them. */
const BIDI = range(0x061c) + range(0x200e, 0x200f) + range(0x202a, 0x202e) + range(0x2066, 0x2069);
/** Characters without a shape, tags among them. */
const SHAPELESS = range(0x200b) + range(0xfeff) + range(0xfff9, 0xfffb) + range(0xe0000, 0xe007f);
/** What joins or tints emoji: terminals disagree on the width of the result, and agree on that of the parts. */
const MODIFIERS = range(0xfe0f) + range(0x1f3fb, 0x1f3ff);
const EMOJI_JOINER = `(?<=\\p{Extended_Pictographic}\\u{fe0f}?)\\u{200d}`;

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
  at = skip(text, at, 0x20, 0x2f);
  return skipOne(text, at, 0x30, 0x7e);
}

/** Where text goes on after a C1 control, given in its 7-bit form. */
function afterIntroducer(text: string, at: number, code: number): number {
  switch (String.fromCharCode(code)) {
    case "[":
      at = skip(text, at, 0x30, 0x3f);
      at = skip(text, at, 0x20, 0x2f);
      return skipOne(text, at, 0x40, 0x7e);
    case "]":
    case "P":
    case "X":
    case "^":
    case "_":
      return afterString(text, at);
    default:
      return at;
  }
}

/** Where text goes on after a control string: one that is not ended takes all. */
function afterString(text: string, at: number): number {
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x07 || code === 0x9c || code === 0x18 || code === 0x1a) return at + 1;
    if (code === 0x1b) return text[at + 1] === "\\" ? at + 2 : at;
  }
  return at;
}

function skip(text: string, at: number, from: number, to: number): number {
  while (at < text.length && text.charCodeAt(at) >= from && text.charCodeAt(at) <= to) at++;
  return at;
}

function skipOne(text: string, at: number, from: number, to: number): number {
  return skip(text.slice(at, at + 1), 0, from, to) + at;
}
