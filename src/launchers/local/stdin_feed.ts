/**
 * Writes to the stdin of a worker.
 *
 * @module
 */

/**
 * Writes pieces to the stdin of a process in the background, one after the other at the pace of its reader, and closes it. A
 * process that ends, or closes its stdin, before it has read them all is no error: `head` does so.
 */
export function feedStdin(child: Deno.ChildProcess, pieces: Iterable<Uint8Array>): void {
  const writer = child.stdin.getWriter();
  writer.closed.catch(() => {});
  const written = writeAll(writer, pieces[Symbol.iterator]());
  // Another process may hold the other end, and never read.
  const giveUp = () => writer.abort().catch(() => {});
  child.status.then(giveUp, giveUp);
  written.catch(() => {});
}

async function writeAll(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  pieces: Iterator<Uint8Array>,
): Promise<void> {
  for (let piece = pieces.next(); !piece.done; piece = pieces.next()) {
    await writer.write(piece.value);
  }
  await writer.close();
}
