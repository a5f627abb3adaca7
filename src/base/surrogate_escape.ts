/**
 * Bytes that are not UTF-8, in strings.
 *
 * The same way as in Python ("surrogateescape", PEP 383): the byte 0xHH of what is no UTF-8 becomes U+DCHH, a lone surrogate,
 * which no text holds otherwise. So such a string keeps its bytes, is unlike all others, and can be told from text by
 * `isWellFormed()`.
 *
 * @module
 */

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ESCAPE = 0xdc00;

/** Decodes bytes, whatever they are. */
export function decodeBytes(bytes: Uint8Array): string {
  return decodeWhole(bytes) ?? escapeBytes(bytes);
}

/** So much of a string names it. */
const MAX_SHOWN = 100;

/** A string for people, cut where it is long: what was no UTF-8 as `\\xHH`, a NUL as `\\0`. */
export function showBytes(text: string): string {
  const isLong = text.length > MAX_SHOWN;
  const shown = isLong ? text.slice(0, MAX_SHOWN - 1).replace(/[\ud800-\udbff]$/, "") + "…" : text;
  return shown.replaceAll("\0", "\\0").replace(
    /[\uDC80-\uDCFF](?<![\uD800-\uDBFF][\uDC80-\uDCFF])/g,
    (escaped) => `\\x${(escaped.charCodeAt(0) - ESCAPE).toString(16)}`,
  );
}

/** Takes the characters that there are, and escapes each byte that begins none. */
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

/** How many bytes a character has that begins with this one. */
function sequenceLength(byte: number): number {
  if (byte < 0xc0) return 1;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}
