/**
 * Writes byte arrays whole, to writers that may take fewer bytes at once.
 *
 * @module
 */

/** Somewhere that bytes can be written, such as `Deno.stdout` or a file. It may take fewer bytes than it is given. */
export interface ByteWriter {
  /** Writes some of the bytes and resolves to their number. */
  write(bytes: Uint8Array): Promise<number>;
}

/** The synchronous counterpart of {@linkcode ByteWriter}. */
export interface ByteWriterSync {
  /** Writes some of the bytes and returns their number. */
  writeSync(bytes: Uint8Array): number;
}

/** Time between two tries to write to what takes nothing, and does not wait, in milliseconds. */
const FULL_MS = 10;

/**
 * Writes all of the bytes, however slowly they are taken; rejects with the first error of the writer. Any program that shares a
 * pipe with this one, such as ssh, may make it non-blocking: then it is tried again.
 *
 * @throws {Error} If that is stdout. Deno has a buffer for it, and does not tell how much it has written before the error.
 */
export async function writeAll(writer: ByteWriter, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    try {
      at += await writer.write(bytes.subarray(at));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      if (writer === Deno.stdout) throw new Error(NON_BLOCKING);
      await new Promise((resolve) => setTimeout(resolve, FULL_MS));
    }
  }
}

const NON_BLOCKING =
  "its reader is slow, and another program has made it non-blocking: write to a file instead";

/** Writes all of the bytes before it returns; throws the first error of the writer. */
export function writeAllSync(writer: ByteWriterSync, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writer.writeSync(bytes.subarray(at));
}
