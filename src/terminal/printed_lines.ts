/**
 * What workers print, in lines for the terminal.
 *
 * @module
 */
import { sanitize } from "./sanitize.ts";
import { type Row, span } from "./style.ts";

/** A line longer than that is printed as several, in characters. */
const MAX_LINE = 64 * 1024;

/** Turns bytes into rows that are safe to print; the line that has no end yet is held back. */
export class PrintedLines {
  readonly #decoder = new TextDecoder();
  #line = "";

  /** Takes some bytes; returns the lines that are whole now. */
  take(bytes: Uint8Array): Row[] {
    const lines = (this.#line + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#line = lines.at(-1)!.length > MAX_LINE ? "" : lines.pop()!;
    return lines.map(toRow);
  }

  /** Returns what was held back. */
  end(): Row[] {
    const line = this.#line + this.#decoder.decode();
    this.#line = "";
    return line === "" ? [] : [toRow(line)];
  }
}

function toRow(line: string): Row {
  return [span(sanitize(line.endsWith("\r") ? line.slice(0, -1) : line))];
}
