/**
 * Bytes to lines whose length has a bound.
 *
 * @module
 */
import { TextLineStream } from "@std/streams/text-line-stream";

/** The longest line that is read whole, in bytes. */
export const MAX_LINE_BYTES = 64 * 1024;

const NEWLINE = 10;

/** Takes a piece of a stream. */
export type OnBytes = (bytes: Uint8Array) => void | Promise<void>;

/** Reads lines from bytes, in memory that does not grow with what the stream brings. */
export class CappedLines {
  /** Bytes dropped so far, those of lines beyond {@linkcode MAX_LINE_BYTES}. */
  get droppedBytes(): number {
    return this.#cap.droppedBytes;
  }

  readonly #cap: LineCap;
  readonly #lines: ReadableStream<string>;
  readonly #abandon = new AbortController();

  /** Takes a stream over; `onBytes` sees whatever arrives, and no more arrives before what it returns has resolved. */
  constructor(stream: ReadableStream<Uint8Array>, options: { onBytes?: OnBytes } = {}) {
    this.#cap = new LineCap(options.onBytes);
    const { readable, writable } = new TransformStream(this.#cap);
    this.#lines = readable.pipeThrough(new TextLineStream());
    // A pipe that breaks, or is abandoned, is one that has ended: what came before counts.
    stream.pipeTo(writable, { signal: this.#abandon.signal, preventAbort: true })
      .catch(() => writable.close());
  }

  /**
   * Hands every line on, until the stream ends, breaks or is abandoned. Resolves with what the stream ended in when that
   * is no whole line.
   */
  async forEach(take: (line: string) => void): Promise<string | undefined> {
    // Once the cap has seen the end, a line may be the fragment: it is held until it is known to be the last.
    let held: string | undefined;
    for await (const line of this.#lines) {
      if (held !== undefined) take(held);
      held = this.#cap.endsInFragment ? line : undefined;
      if (held === undefined) take(line);
    }
    return held;
  }

  /** Reads no more and closes the stream; the lines that came before still come. */
  abandon(): void {
    this.#abandon.abort();
  }
}

/** Cuts lines at the cap, decodes what is left, and ends the last line where the stream did not. */
class LineCap implements Transformer<Uint8Array, string> {
  droppedBytes = 0;
  endsInFragment = false;
  #lineBytes = 0;
  readonly #decoder = new TextDecoder();
  readonly #onBytes: OnBytes | undefined;

  constructor(onBytes?: OnBytes) {
    this.#onBytes = onBytes;
  }

  transform(
    chunk: Uint8Array,
    controller: TransformStreamDefaultController<string>,
  ): void | Promise<void> {
    const taken = this.#onBytes?.(chunk);
    this.#cut(chunk, controller);
    return taken;
  }

  #cut(chunk: Uint8Array, controller: TransformStreamDefaultController<string>): void {
    const firstEnd = chunk.indexOf(NEWLINE);
    const first = this.#lineBytes + (firstEnd < 0 ? chunk.length : firstEnd);
    // No line of a chunk of this size can be too long but the one that began before it.
    if (first <= MAX_LINE_BYTES && chunk.length <= MAX_LINE_BYTES) {
      this.#lineBytes = firstEnd < 0 ? first : chunk.length - chunk.lastIndexOf(NEWLINE) - 1;
      this.#enqueue(chunk, controller);
      return;
    }
    for (let start = 0; start < chunk.length;) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline < 0 ? chunk.length : newline;
      const room = Math.max(0, Math.min(end - start, MAX_LINE_BYTES - this.#lineBytes));
      this.#enqueue(chunk.subarray(start, start + room), controller);
      this.droppedBytes += end - start - room;
      this.#lineBytes += end - start;
      if (newline >= 0) {
        this.#enqueue(chunk.subarray(newline, newline + 1), controller);
        this.#lineBytes = 0;
      }
      start = end + 1;
    }
  }

  flush(controller: TransformStreamDefaultController<string>): void {
    this.endsInFragment = this.#lineBytes > 0;
    const rest = this.#decoder.decode();
    controller.enqueue(this.endsInFragment ? `${rest}\n` : rest);
  }

  #enqueue(bytes: Uint8Array, controller: TransformStreamDefaultController<string>): void {
    if (bytes.length > 0) controller.enqueue(this.#decoder.decode(bytes, { stream: true }));
  }
}
