/**
 * Strings that keep bytes which are not UTF-8.
 *
 * As in Python ("surrogateescape", PEP 383), an invalid byte 0xHH becomes the lone surrogate U+DCHH, which no other text
 * holds. So the string keeps its bytes, differs from all others, and `isWellFormed()` tells it from text.
 *
 * @module
 */

import { concatBytes } from "./bytes.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ESCAPE = 0xdc00;

/** Decodes bytes as UTF-8 and escapes those that are invalid. */
export function decodeBytes(bytes: Uint8Array): string {
  return decodeWhole(bytes) ?? escapeBytes(bytes);
}

/** Encodes a string as UTF-8, and the bytes that it escapes as themselves: the reverse of {@linkcode decodeBytes}. */
export function encodeBytes(text: string): Uint8Array {
  const encoder = new TextEncoder();
  if (text.isWellFormed()) return encoder.encode(text);
  const parts = text.split(/((?<![\ud800-\udbff])[\udc80-\udcff])/).map((part, index) =>
    // What the group matched stands at the odd places.
    index % 2 === 0 ? encoder.encode(part) : Uint8Array.of(part.charCodeAt(0) - ESCAPE)
  );
  return concatBytes(...parts);
}

/** How many characters of a string are shown. */
const MAX_SHOWN = 100;

/** Formats a string for people: shows invalid bytes as `\\xHH`, a NUL as `\\0`, a CR as `\\r`, and cuts a long text. */
export function showBytes(text: string): string {
  const isLong = text.length > MAX_SHOWN;
  const shown = isLong ? text.slice(0, MAX_SHOWN - 1).replace(/[\ud800-\udbff]$/, "") + "…" : text;
  return escapeHidden(shown);
}

/** Replaces what a text may hold and nobody would see: invalid bytes, NULs, CRs, byte order marks, halves of a character. */
export function escapeHidden(text: string): string {
  const visible = text.replaceAll("\0", "\\0").replaceAll("\r", "\\r")
    .replaceAll("\ufeff", "\\ufeff");
  return visible.replace(
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
    showHalf,
  );
}

/** Formats a lone surrogate: one that stands for a byte as that byte. */
function showHalf(half: string): string {
  const code = half.charCodeAt(0);
  const isByte = code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff;
  return isByte ? `\\x${(code - ESCAPE).toString(16)}` : `\\u${code.toString(16)}`;
}

/** Decodes the valid characters and escapes each byte that begins none. */
function escapeBytes(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const sequence = bytes.subarray(at, at + sequenceLength(bytes[at]!));
    const character = decodeWhole(sequence);
    text += character ?? String.fromCharCode(ESCAPE + bytes[at]!);
    at += character === undefined ? 1 : sequence.length;
  }
  return text;
}

function decodeWhole(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Returns how many bytes a character has that begins with this byte. */
function sequenceLength(byte: number): number {
  if (byte < 0xc0) return 1;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}
