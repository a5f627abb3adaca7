/**
 * Decoder of keys: turns the bytes that a terminal sends into names of keys.
 *
 * @module
 */

const ESC = "\x1b";

/** A whole control sequence (CSI) or single shift (SS3) at the start of a text: ECMA-48 5.4, as xterm sends for keys. */
// deno-lint-ignore no-control-regex
const SEQUENCE = /^\x1b(?:\[[0-?]*[ -/]*([@-~])|O([@-~]))/;
/** The start of one whose end may still come. */
// deno-lint-ignore no-control-regex
const PARTIAL = /^\x1b(?:\[[0-?]*[ -/]*|O)?$/;

/** The keys that send a sequence, by its last character. Other sequences are keys that nobody asks for. */
const NAMES: Readonly<Record<string, string>> = {
  A: "ArrowUp",
  B: "ArrowDown",
  C: "ArrowRight",
  D: "ArrowLeft",
};

/** Decodes keys. What is cut off in the middle of a sequence waits for the rest. */
export class KeyDecoder {
  readonly #decoder = new TextDecoder();
  #held = "";

  /** Whether bytes are held back: ESC may be a key, or the start of a sequence. */
  get isHolding(): boolean {
    return this.#held !== "";
  }

  /** Returns the keys of some bytes: a character each, or a name such as `ArrowUp`, `Enter` or `Escape`. */
  decode(bytes: Uint8Array): string[] {
    let text = this.#held + this.#decoder.decode(bytes, { stream: true });
    this.#held = "";
    const keys: string[] = [];
    while (text !== "") {
      if (PARTIAL.test(text)) {
        this.#held = text;
        break;
      }
      const [key, length] = firstKey(text);
      if (key !== undefined) keys.push(key);
      text = text.slice(length);
    }
    return keys;
  }

  /** Returns the key that is held back, as nothing came after it: `Escape`. */
  flush(): string[] {
    const isEscape = this.#held === ESC;
    this.#held = "";
    return isEscape ? ["Escape"] : [];
  }
}

/** Returns the first key of a text that is not empty, and its length. The key is undefined if it has no name. */
function firstKey(text: string): [key: string | undefined, length: number] {
  const sequence = SEQUENCE.exec(text);
  if (sequence !== null) return [NAMES[sequence[1] ?? sequence[2]!], sequence[0].length];
  const [first, second = ""] = text;
  if (first !== ESC) return [first === "\r" || first === "\n" ? "Enter" : first, first!.length];
  // A key that is pressed together with Alt arrives behind ESC.
  return second === ESC ? ["Escape", 1] : [undefined, 1 + second.length];
}
