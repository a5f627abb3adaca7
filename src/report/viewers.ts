/**
 * The viewers of a live page.
 *
 * @module
 */
import type { Feed } from "./feed.ts";

/** Sends a feed to whoever asks for it, and knows when all have got its end. */
export class Viewers {
  readonly #feed: Feed;
  readonly #encoder = new TextEncoder();
  #count = 0;
  #allGone: (() => void) | undefined;

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** What one of them is sent: a text whenever there is something new, and it has taken what it was sent before. */
  open(): ReadableStream<Uint8Array> {
    const follower = this.#feed.follow();
    let isGone = false;
    const leave = () => {
      if (isGone) return;
      isGone = true;
      this.#count--;
      if (this.#count === 0) this.#allGone?.();
    };
    this.#count++;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const text = await follower.next();
        if (isGone) return;
        if (text !== undefined) return controller.enqueue(this.#encoder.encode(text));
        leave();
        controller.close();
      },
      cancel: leave,
    }, { highWaterMark: 0 });
  }

  /** Resolves when there is none any more. */
  async gone(): Promise<void> {
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      this.#allGone = resolve;
    });
  }
}
