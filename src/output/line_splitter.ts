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

  /** Calls `take` for each line of a text, which ends in a newline and has no carriage return. */
  async forEach(text: string, take: (line: string) => void): Promise<void> {
    const reader = this.#reader ?? this.#open();
    this.#writer!.write(text);
    // The lines and their newlines are all of the text, so that it is known when the last one has come.
    for (let left = text.length; left > 0;) {
      const line = (await reader.read()).value!;
      left -= line.length + 1;
      take(line);
    }
  }

  #open(): ReadableStreamDefaultReader<string> {
    const { readable, writable } = new TextLineStream();
    this.#writer = writable.getWriter();
    return this.#reader = readable.getReader();
  }
}
