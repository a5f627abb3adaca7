/**
 * Splits text into lines by a `TextLineStream`.
 *
 * @module
 */
import { TextLineStream } from "@std/streams/text-line-stream";

/**
 * Feeds one `TextLineStream` by hand, which takes less time for each line than pipes and a loop over the stream. (Row
 * flood of bench/.) The stream is made for the first text, as many workers print nothing. (Rows spawn and memory.)
 */
export class LineSplitter {
  #writer: WritableStreamDefaultWriter<string> | undefined;
  #reader: ReadableStreamDefaultReader<string> | undefined;

  /**
   * Splits a text, which ends in a newline and has no carriage return. Returns the reader of its lines. The lines and
   * their newlines are all of the text, so that the caller knows which one is the last.
   */
  split(text: string): ReadableStreamDefaultReader<string> {
    const reader = this.#reader ?? this.#open();
    this.#writer!.write(text);
    return reader;
  }

  #open(): ReadableStreamDefaultReader<string> {
    const { readable, writable } = new TextLineStream();
    this.#writer = writable.getWriter();
    return this.#reader = readable.getReader();
  }
}
