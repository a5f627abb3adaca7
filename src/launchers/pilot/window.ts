/**
 * Window of a stream: how many of its bytes may be on the way.
 *
 * @module
 */
import { WINDOW_BYTES } from "./frames.ts";

/** Makes the sender of a stream wait while its reader has much left to take. Has one user at a time. */
export class Window {
  #room = WINDOW_BYTES;
  #isClosed = false;
  #wake: (() => void) | undefined;

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
