/**
 * Window of a stream: how many of its bytes may be on the way.
 *
 * @module
 */

/** The bytes that a window has at most. */
export const WINDOW_BYTES = 262_144;
/** The bytes that it has at least. */
const MIN_WINDOW_BYTES = 8_192;
/** The bytes that a stream of each worker may have on the way together, as far as the windows do not become too small. */
const ALL_BYTES = 67_108_864;

/** Returns the bytes of the window of each output if there are so many workers: what is on the way fills the memory of the executor. */
export function windowFor(workers: number): number {
  const share = Math.floor(ALL_BYTES / workers);
  return Math.min(WINDOW_BYTES, Math.max(MIN_WINDOW_BYTES, share));
}

/** Makes the sender of a stream wait while its reader has much left to take. Has one user at a time. */
export class Window {
  #room: number;
  #isClosed = false;
  #wake: (() => void) | undefined;

  /** @param bytes How many may be on the way. */
  constructor(bytes: number) {
    this.#room = bytes;
  }

  /** Whether nothing more is let through until the reader has taken some. */
  get isFull(): boolean {
    return this.#room === 0;
  }

  /** Waits for room, and takes some: resolves to at most `bytes`, at least 1; 0 if the window was closed. */
  async take(bytes: number): Promise<number> {
    while (this.#room === 0 && !this.#isClosed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    if (this.#isClosed) return 0;
    const taken = Math.min(bytes, this.#room);
    this.#room -= taken;
    return taken;
  }

  /** Takes notice that the reader has taken so many bytes. */
  give(bytes: number): void {
    this.#room += bytes;
    this.#wake?.();
  }

  /** Lets nothing through any more. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }
}
