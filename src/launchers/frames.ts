/**
 * What an agent says, taken out of the bytes of its worker.
 *
 * @module
 */

const MARK = 0x1e;
const NEWLINE = 10;
/** Longer than any frame, which is a line of a few words. */
const MAX_FRAME_BYTES = 4096;

/** Finds frames: the mark, a word that announces them, and the rest of the line. They may stand amid another line. */
export class Frames {
  readonly #prefixes: Map<string, Uint8Array>;
  readonly #decoder = new TextDecoder();
  #held: Uint8Array<ArrayBufferLike> = new Uint8Array();

  /** @param words What stands between the mark and the frame's text. */
  constructor(words: readonly string[]) {
    const encoder = new TextEncoder();
    this.#prefixes = new Map(words.map((word) => [word, encoder.encode(`\x1e${word}`)]));
  }

  /** From now on, what begins with this word is no frame. */
  forget(word: string): void {
    this.#prefixes.delete(word);
  }

  /** The pieces of a chunk in order: bytes as they came, and frames as text, from their word to the end of the line. */
  *split(chunk: Uint8Array): Generator<Uint8Array | string> {
    let bytes = this.#held.length === 0 ? chunk : concat(this.#held, chunk);
    this.#held = new Uint8Array();
    for (let from = 0;;) {
      const mark = bytes.indexOf(MARK, from);
      if (mark < 0) break;
      const rest = bytes.subarray(mark);
      const match = this.#match(rest);
      if (match === "none") {
        from = mark + 1;
        continue;
      }
      if (mark > 0) yield bytes.subarray(0, mark);
      if (match === "open") {
        this.#held = rest;
        return;
      }
      yield this.#decoder.decode(rest.subarray(1, match));
      bytes = rest.subarray(match + 1);
      from = 0;
    }
    if (bytes.length > 0) yield bytes;
  }

  /** What the end of the stream left of a frame that it cut off: no frame, after all. Gives it once. */
  rest(): Uint8Array {
    const rest = this.#held;
    this.#held = new Uint8Array();
    return rest;
  }

  /** Where the frame ends; or that more must come, or that it is none. */
  #match(bytes: Uint8Array): number | "open" | "none" {
    for (const prefix of this.#prefixes.values()) {
      const length = Math.min(prefix.length, bytes.length);
      if (!prefix.subarray(0, length).every((byte, at) => byte === bytes[at])) continue;
      const end = bytes.indexOf(NEWLINE);
      if (end >= prefix.length && end < MAX_FRAME_BYTES) return end;
      if (end < 0 && bytes.length < MAX_FRAME_BYTES) return "open";
    }
    return "none";
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
