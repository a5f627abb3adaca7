/**
 * Reads a byte stream chunk by chunk, with a buffer that fits what the stream brings.
 *
 * @module
 */

/** The first buffer is small, as there can be thousands of workers that print little. (Row memory of bench/.) */
const FIRST_READ_BYTES = 1024;
/** The buffer for a stream that fills the small one. */
const MAX_READ_BYTES = 64 * 1024;

/** Reads a stream to its end. */
export interface ChunkReader {
  /** Resolves to the next chunk, which is valid until the next call; to undefined at the end, and when the stream breaks. */
  read(): Promise<Uint8Array | undefined>;
  /** The error that the stream broke with, if it did. */
  readonly broken: { readonly error: unknown } | undefined;
  /** Ends the stream. */
  cancel(): void;
}

/** Locks a stream for reading; the first byte is requested by the first `read`. */
export function chunkReader(stream: ReadableStream<Uint8Array>): ChunkReader {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch {
    // It is no byte stream: a custom launcher made it.
    return readGiven(stream.getReader());
  }
  return readInto(reader);
}

function readGiven(reader: ReadableStreamDefaultReader<Uint8Array>): ChunkReader {
  let broken: ChunkReader["broken"];
  return {
    read: () => reader.read().then(({ value }) => value, (error) => void (broken = { error })),
    get broken() {
      return broken;
    },
    cancel: () => void reader.cancel().catch(() => {}),
  };
}

/** Reads into the same buffer again and again. */
function readInto(reader: ReadableStreamBYOBReader): ChunkReader {
  let buffer = new ArrayBuffer(FIRST_READ_BYTES);
  let broken: ChunkReader["broken"];
  return {
    read: async () => {
      try {
        const { value, done } = await reader.read(new Uint8Array(buffer));
        if (done || value === undefined) return undefined;
        const { byteLength } = value.buffer;
        const size = nextSize(value.length, byteLength);
        buffer = size === byteLength ? value.buffer : new ArrayBuffer(size);
        return value;
      } catch (error) {
        broken = { error };
        return undefined;
      }
    },
    get broken() {
      return broken;
    },
    cancel: () => void reader.cancel().catch(() => {}),
  };
}

/** Returns the size of the next buffer, after a read that filled `used` bytes of one of `size` bytes. */
function nextSize(used: number, size: number): number {
  if (used === size) return MAX_READ_BYTES;
  return used <= FIRST_READ_BYTES ? FIRST_READ_BYTES : size;
}
