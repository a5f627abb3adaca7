/**
 * Splitter of a stream of bytes into lines whose length is bounded.
 *
 * @module
 */
import { concatBytes } from "../../base/bytes.ts";

const NEWLINE = 10;

/** Thrown for a line that is too long. */
export class LineTooLong extends Error {
  override readonly name = "LineTooLong";
}

/** Cuts the bytes of a connection into lines. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder();
  #parts: Uint8Array[] = [];
  #size = 0;

  /** A line has at most `maxBytes` bytes, without its end. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Adds bytes, and yields the lines that end in them, without their ends.
   *
   * @throws {LineTooLong} If a line is too long.
   */
  *add(bytes: Uint8Array): Generator<string> {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.#keep(bytes.subarray(start, end));
      start = end + 1;
      const line = concatBytes(...this.#parts);
      this.#parts = [];
      this.#size = 0;
      yield this.#decoder.decode(line);
    }
    this.#keep(bytes.slice(start));
  }

  #keep(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#size > this.#maxBytes) {
      throw new LineTooLong(`a line has at most ${this.#maxBytes} bytes`);
    }
    if (bytes.length > 0) this.#parts.push(bytes);
  }
}
