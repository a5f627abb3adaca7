/**
 * Lines of text that a reporter writes: to stdout, to stderr, or to a terminal that it was given.
 *
 * @module
 */
import { checkGiven, withMethods } from "../model/value_types.ts";
import { asciiRow } from "../terminal/ascii.ts";
import { LineWriter } from "../terminal/line_writer.ts";
import { encodeRow, type Row, span } from "../terminal/style.ts";
import { type StandardStream, StandardTerminal, type Terminal } from "../terminal/terminal.ts";
import {
  REPORTER_CHECKS,
  type ReporterOptions,
  type ResolvedReporterOptions,
  resolveReporterOptions,
} from "./options.ts";
import { omissionText } from "./wording.ts";

/** Options of {@linkcode TextLines}: those of a reporter. */
export interface TextLinesOptions extends ReporterOptions {
  /** The terminal or pipe to write to. If it is absent, the standard stream is. */
  readonly terminal?: Pick<Terminal, "write" | "isTerminal">;
}

/** Writes rows as lines, in the background and in order. */
export class TextLines {
  readonly #given: TextLinesOptions;
  #options: ResolvedReporterOptions;
  #writer: LineWriter;

  /**
   * Writes nothing yet.
   *
   * @throws {ConfigError} If an option is not as it must be.
   */
  constructor(options: TextLinesOptions, stream: StandardStream = Deno.stdout) {
    checkGiven(options, { ...REPORTER_CHECKS, terminal: withMethods("write") });
    this.#given = options;
    this.#options = resolveReporterOptions(options, stream);
    this.#writer = new LineWriter(options.terminal ?? new StandardTerminal(stream));
  }

  /** The options, with colours for the stream that the lines go to. */
  get options(): ResolvedReporterOptions {
    return this.#options;
  }

  /** What a reporter of lines needs of stdout: nothing if it was given a terminal. */
  get stdout(): "lines" | undefined {
    return this.#given.terminal === undefined ? "lines" : undefined;
  }

  /** Goes on on stderr, as stdout has the output of the workers; not if it was given a terminal. */
  moveToStderr(): void {
    if (this.#given.terminal !== undefined) return;
    this.#options = resolveReporterOptions(this.#given, Deno.stderr);
    this.#writer = new LineWriter(new StandardTerminal(Deno.stderr));
  }

  /** Writes rows, however many wait. */
  write(rows: readonly Row[]): void {
    const omitted = this.#writer.takeOmitted();
    const omission: Row[] = omitted === 0 ? [] : [[span(omissionText(omitted), "yellow")]];
    const { color, ascii } = this.#options;
    const lines = [...omission, ...rows].map((row) =>
      encodeRow(ascii ? asciiRow(row) : row, color)
    );
    this.#writer.write(lines.map((line) => `${line}\n`).join(""));
  }

  /** Writes a row, unless the reader does not keep up: the next row tells how many were left out. */
  writeLive(row: Row): void {
    if (this.#writer.mayWrite()) this.write([row]);
  }

  /** Resolves when all is written. Rejects if that is impossible. */
  async flush(): Promise<void> {
    await this.#writer.flush();
  }
}
