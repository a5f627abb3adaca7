/**
 * Lock of a file that one program writes.
 *
 * @module
 */

/**
 * For how long a locked file may become free, in milliseconds. A child that a killed executor has just forked holds the lock
 * until it begins its program.
 */
const PATIENCE_MS = 500;
const PAUSE_MS = 10;

/**
 * Locks a file until its handle is closed. Returns false if another process keeps it locked.
 *
 * @throws {Error} If the file system has no locks; see {@linkcode isUnsupported}.
 */
export function lockFile(handle: Deno.FsFile): boolean {
  const end = performance.now() + PATIENCE_MS;
  while (!handle.tryLockSync(true)) {
    if (performance.now() >= end) return false;
    // Waits at once: the run has not begun, and nothing else is done by then.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
  return true;
}
