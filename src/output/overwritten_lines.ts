/**
 * Lines that are written over each other, as a terminal shows them.
 *
 * @module
 */
import type { LineEnd } from "./capped_lines.ts";
import type { OutputStream } from "../model/protocol.ts";
import type { ProgressTracker } from "./progress_tracker.ts";

/**
 * Hands the lines of one stream to a transcript. What a carriage return ended and is no signal is a log line once a
 * newline comes after it, or nothing at all: other text is written over it, however often that happens.
 */
export class OverwrittenLines {
  readonly #transcript: ProgressTracker;
  readonly #stream: OutputStream;
  /** Text that is no signal, and that may be written over. */
  #standing: string | undefined;
  #afterReturn = false;

  constructor(transcript: ProgressTracker, stream: OutputStream) {
    this.#transcript = transcript;
    this.#stream = stream;
  }

  /** Takes the next line. */
  take(text: string, end: LineEnd): void {
    const isRewritten = this.#afterReturn;
    this.#afterReturn = end === "\r";
    // A return alone takes nothing away, and a newline after one keeps what stands.
    if (text === "" && isRewritten) return end === "\n" ? this.#keep() : undefined;
    this.#standing = undefined;
    if (end === "\n") this.#transcript.line(text, this.#stream);
    else if (text === "" || !this.#transcript.signal(text, this.#stream)) this.#standing = text;
  }

  /** Takes what the stream ended in; of a worker that was killed, it is no signal whatever it looks like. */
  end(fragment: string | undefined, { killed }: { killed: boolean }): void {
    if (fragment === undefined) return this.#standing === "" ? undefined : this.#keep();
    killed ? this.#transcript.log(fragment) : this.#transcript.line(fragment, this.#stream);
  }

  #keep(): void {
    if (this.#standing !== undefined) this.#transcript.log(this.#standing);
    this.#standing = undefined;
  }
}
