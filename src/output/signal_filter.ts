/**
 * Leaves the signals out of what a worker prints.
 *
 * @module
 */
import { MAX_LINE_BYTES } from "./capped_lines.ts";
import { ProtocolHandler } from "./protocol/prefixes.ts";

const NEWLINE = 10;

/**
 * Passes bytes through, byte for byte, but for lines that are signals. A line is held back until it is known which it is:
 * until its end, or for as long as {@linkcode MAX_LINE_BYTES}.
 */
export class SignalFilter {
  readonly #protocol = new ProtocolHandler();
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** What to do with the rest of a line that is longer than what is held. */
  #rest: "pass" | "drop" | undefined;

  /** Takes a piece of the stream; returns what can be passed on by now. */
  write(chunk: Uint8Array): Uint8Array {
    const passed: Uint8Array[] = [];
    let at = 0;
    if (this.#heldBytes > 0 || this.#rest !== undefined) {
      at = chunk.indexOf(NEWLINE) + 1;
      this.#piece(chunk.subarray(0, at || chunk.length), { isEnd: at > 0, passed });
      if (at === 0) return join(passed);
    }
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > at) this.#lines(chunk.subarray(at, end), passed);
    const fragment = chunk.subarray(Math.max(at, end));
    if (fragment.length > 0) this.#piece(fragment, { isEnd: false, passed });
    return join(passed);
  }

  /** The stream has ended: returns what was held back. */
  end(): Uint8Array {
    const passed: Uint8Array[] = [];
    this.#piece(new Uint8Array(), { isEnd: true, passed });
    return join(passed);
  }

  #piece(bytes: Uint8Array, { isEnd, passed }: { isEnd: boolean; passed: Uint8Array[] }): void {
    if (this.#rest === undefined) {
      // Whoever brought them uses their room again.
      this.#held.push(bytes.slice());
      this.#heldBytes += bytes.length;
      if (!isEnd && this.#heldBytes <= MAX_LINE_BYTES) return;
      const line = join(this.#held);
      const isSignal = this.#isSignal(this.#decoder.decode(line.subarray(0, MAX_LINE_BYTES)));
      this.#rest = isSignal ? "drop" : "pass";
      bytes = line;
      this.#held = [];
      this.#heldBytes = 0;
    }
    if (this.#rest === "pass") passed.push(bytes);
    if (isEnd) this.#rest = undefined;
  }

  /** Most pieces hold no signal at all: they are looked through as one text. */
  #lines(bytes: Uint8Array, passed: Uint8Array[]): void {
    const lines = this.#decoder.decode(bytes).split("\n");
    let [from, at] = [0, 0];
    let looked = 0;
    for (const [index, line] of lines.entries()) {
      if (!this.#isSignal(line)) continue;
      for (; looked < index; looked++) at = bytes.indexOf(NEWLINE, at) + 1;
      passed.push(bytes.subarray(from, at));
      from = bytes.indexOf(NEWLINE, at) + 1;
    }
    passed.push(bytes.subarray(from));
  }

  #isSignal(line: string): boolean {
    const { kind } = this.#protocol.parse(line, "stdout");
    return kind !== "log" && kind !== "malformed";
  }
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
