/**
 * Decoder that turns raw output into rows that are safe to print.
 *
 * @module
 */
import { sanitize } from "./sanitize.ts";
import { type Row, span } from "./style.ts";

/** The longest row, in characters. A longer line becomes several rows. */
const MAX_LINE = 64 * 1024;

/** Turns bytes into rows that are safe to print. A line is held back until its newline arrives. */
export class PrintedLines {
  readonly #decoder = new TextDecoder();
  #line = "";

  /** Adds some bytes and returns the lines that are now complete. */
  add(bytes: Uint8Array): Row[] {
    const lines = (this.#line + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#line = lines.at(-1)!.length > MAX_LINE ? "" : lines.pop()!;
    return lines.map(toRow);
  }

  /** Returns the last line if it has no newline. */
  end(): Row[] {
    const line = this.#line + this.#decoder.decode();
    this.#line = "";
    return line === "" ? [] : [toRow(line)];
  }
}

function toRow(line: string): Row {
  return [span(sanitize(line.endsWith("\r") ? line.slice(0, -1) : line))];
}
