/**
 * Bytes to lines whose length has a bound.
 *
 * @module
 */

/** The longest line that is read whole, in bytes. */
export const MAX_LINE_BYTES = 64 * 1024;

/** The room for what a stream brings at once: little for one that says little, as there may be thousands of them … */
const FIRST_READ_BYTES = 1024;
/** … and so much for one that floods. */
const MAX_READ_BYTES = 64 * 1024;

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** Takes a piece of a stream; the bytes are not to be kept. */
export type OnBytes = (bytes: Uint8Array) => void | Promise<void>;

/** What ended a line. */
export type LineEnd = "\n" | "\r";

/** Options of {@linkcode CappedLines}. */
export interface CappedLinesOptions {
  /** Sees whatever arrives; no more arrives before what it returns has resolved. */
  onBytes?: OnBytes;
  /**
   * Whether a carriage return ends a line, too. Of one in front of a newline nothing is held back: the newline ends an
   * empty line then.
   *
   * @default {false}
   */
  splitsAtCarriageReturn?: boolean;
}

/**
 * Reads lines from bytes, in memory that does not grow with what the stream brings.
 *
 * It reads by itself and not through `TextLineStream`, as that takes a promise for each line, and three more streams for
 * each pipe. (Rows flood, spawn and memory of bench/.)
 */
export class CappedLines {
  readonly #reader: ChunkReader;
  readonly #onBytes: OnBytes | undefined;
  readonly #line = new OpenLine();
  readonly #splitsAtReturn: boolean;
  #isFirst = true;

  /** Takes a stream over. */
  constructor(stream: ReadableStream<Uint8Array>, options: CappedLinesOptions = {}) {
    this.#reader = readChunks(stream);
    this.#onBytes = options.onBytes;
    this.#splitsAtReturn = options.splitsAtCarriageReturn ?? false;
  }

  /** Bytes dropped so far, those of lines beyond {@linkcode MAX_LINE_BYTES}. */
  get droppedBytes(): number {
    return this.#line.droppedBytes;
  }

  /**
   * Hands every line on, until the stream ends, breaks or is abandoned. Resolves with what the stream ended in when that
   * is no whole line.
   */
  async forEach(take: (line: string, end: LineEnd) => void): Promise<string | undefined> {
    for (;;) {
      const chunk = await this.#reader.read();
      if (chunk === undefined) break;
      const taken = this.#onBytes?.(chunk);
      this.#splitsAtReturn ? this.#splitAtReturns(chunk, take) : this.#split(chunk, take);
      if (taken !== undefined) await taken;
    }
    return this.#line.isEmpty ? undefined : withoutReturn(this.#decode(this.#line.take()));
  }

  /** Reads no more and closes the stream; the lines that came before still come. */
  abandon(): void {
    this.#reader.cancel();
  }

  #split(chunk: Uint8Array, take: (line: string, end: LineEnd) => void): void {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    let start = 0;
    // No line can be too long but the one that began before the chunk, unless the chunk is.
    const areShort = chunk.length <= MAX_LINE_BYTES;
    while (start < end && !(areShort && this.#line.isEmpty)) {
      const newline = chunk.indexOf(NEWLINE, start);
      this.#line.add(chunk.subarray(start, newline));
      take(withoutReturn(this.#decode(this.#line.take())), "\n");
      start = newline + 1;
    }
    if (start < end) splitText(this.#decode(chunk.subarray(start, end)), take);
    this.#line.add(chunk.subarray(end));
  }

  #splitAtReturns(chunk: Uint8Array, take: (line: string, end: LineEnd) => void): void {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte !== NEWLINE && byte !== CARRIAGE_RETURN) continue;
      this.#line.add(chunk.subarray(start, at));
      take(this.#decode(this.#line.take()), byte === NEWLINE ? "\n" : "\r");
      start = at + 1;
    }
    this.#line.add(chunk.subarray(start));
  }

  /** Decodes whole lines: none of their characters goes on in the next bytes. */
  #decode(bytes: Uint8Array): string {
    const decoder = this.#isFirst ? FIRST_DECODER : DECODER;
    this.#isFirst = false;
    return decoder.decode(bytes);
  }
}

/** Drops a byte order mark, as a stream may begin with. */
const FIRST_DECODER = new TextDecoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

function splitText(text: string, take: (line: string, end: LineEnd) => void): void {
  let start = 0;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
    take(text.slice(start, text.charCodeAt(end - 1) === CARRIAGE_RETURN ? end - 1 : end), "\n");
    start = end + 1;
  }
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

/** The bytes of a line whose end has not come yet, as far as they are not beyond the cap. */
class OpenLine {
  droppedBytes = 0;
  #bytes = new Uint8Array();
  #kept = 0;
  #length = 0;

  /** Whether nothing of it has come. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  add(bytes: Uint8Array): void {
    const room = Math.min(bytes.length, MAX_LINE_BYTES - this.#kept);
    this.#length += bytes.length;
    this.droppedBytes += bytes.length - room;
    if (room === 0) return;
    this.#reserve(this.#kept + room);
    this.#bytes.set(bytes.subarray(0, room), this.#kept);
    this.#kept += room;
  }

  /** Its bytes; the next line begins. */
  take(): Uint8Array {
    const line = this.#bytes.subarray(0, this.#kept);
    this.#kept = this.#length = 0;
    this.#bytes = new Uint8Array();
    return line;
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.min(MAX_LINE_BYTES, Math.max(2 * size, 64)));
    larger.set(this.#bytes.subarray(0, this.#kept));
    this.#bytes = larger;
  }
}

/** Reads a stream to its end, piece by piece. */
interface ChunkReader {
  /** The next piece, valid until the next call; nothing at the end. A stream that breaks is one that has ended. */
  read(): Promise<Uint8Array | undefined>;
  /** Ends it. */
  cancel(): void;
}

function readChunks(stream: ReadableStream<Uint8Array>): ChunkReader {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch {
    // It is none of bytes, such as that of a launcher of somebody's own.
    return readGiven(stream.getReader());
  }
  return readInto(reader);
}

function readGiven(reader: ReadableStreamDefaultReader<Uint8Array>): ChunkReader {
  return {
    read: () => reader.read().then(({ value }) => value, () => undefined),
    cancel: () => void reader.cancel().catch(() => {}),
  };
}

/** Reads into a buffer of its own, again and again. */
function readInto(reader: ReadableStreamBYOBReader): ChunkReader {
  let buffer = new ArrayBuffer(FIRST_READ_BYTES);
  return {
    read: async () => {
      try {
        const { value, done } = await reader.read(new Uint8Array(buffer));
        if (done || value === undefined) return undefined;
        const { byteLength } = value.buffer;
        const size = nextSize(value.length, byteLength);
        buffer = size === byteLength ? value.buffer : new ArrayBuffer(size);
        return value;
      } catch {
        return undefined;
      }
    },
    cancel: () => void reader.cancel().catch(() => {}),
  };
}

/** The room for the next piece, after one that took so much of its room. */
function nextSize(taken: number, room: number): number {
  if (taken === room) return MAX_READ_BYTES;
  return taken <= FIRST_READ_BYTES ? FIRST_READ_BYTES : room;
}
