/**
 * Byte arrays: joining them, and comparing texts by their bytes.
 *
 * @module
 */

/** Joins byte arrays into a new one, which shares no memory with them. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Returns whether two texts are equal. The time does not tell where they differ, so that a secret cannot be guessed by pieces. */
export function equalInConstantTime(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => new TextEncoder().encode(text));
  let difference = left!.length ^ right!.length;
  for (const [index, byte] of left!.entries()) difference |= byte ^ (right![index] ?? 0);
  return difference === 0;
}
