/**
 * What goes to the viewers of a live page: one text for all of them, whatever their number.
 *
 * @module
 */

/** Steps that are kept for viewers who are a little behind. */
const MAX_STEPS = 16;

/**
 * The latest of something that changes in steps. Whoever follows it asks for what is new when it can take it: nothing waits
 * for it, and nothing is queued for it. One that has fallen too far behind is given the whole anew.
 */
export class ChangeFeed {
  readonly #encodeWhole: () => string;
  /** The last steps, of which the newest leads to the present version. */
  #steps: string[] = [];
  #version = 0;
  #whole: { version: number; text: string } | undefined;
  #isOver = false;
  #news = Promise.withResolvers<void>();

  /** `encodeWhole` says what whoever comes now is to know. */
  constructor(encodeWhole: () => string) {
    this.#encodeWhole = encodeWhole;
  }

  /** Goes a step on. Nothing is said of a step that nobody follows; who comes later is given the whole. */
  step(text: string | undefined): void {
    this.#version++;
    this.#steps = text === undefined ? [] : [...this.#steps, text].slice(-MAX_STEPS);
    this.#wake();
  }

  /** No step will follow. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** Begins to follow it. */
  follow(): Follower {
    let seen: number | undefined;
    return {
      next: async () => {
        while (seen === this.#version) {
          if (this.#isOver) return undefined;
          await this.#news.promise;
        }
        const text = this.#since(seen);
        seen = this.#version;
        return text;
      },
    };
  }

  #since(version: number | undefined): string {
    const missed = version === undefined ? Infinity : this.#version - version;
    if (missed <= this.#steps.length) return this.#steps.slice(-missed).join("");
    if (this.#whole?.version !== this.#version) {
      this.#whole = { version: this.#version, text: this.#encodeWhole() };
    }
    return this.#whole.text;
  }

  #wake(): void {
    const { resolve } = this.#news;
    this.#news = Promise.withResolvers();
    resolve();
  }
}

/** One that follows a feed. */
export interface Follower {
  /** What is new since the last call, when there is something; nothing when the feed has ended. */
  next(): Promise<string | undefined>;
}

/** Sends a feed to whoever asks for it, and knows when all have got its end. */
export class SseClients {
  readonly #feed: ChangeFeed;
  readonly #encoder = new TextEncoder();
  #count = 0;
  #allGone: (() => void) | undefined;

  constructor(feed: ChangeFeed) {
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
