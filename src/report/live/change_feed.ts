/**
 * Feed of changes for the viewers of a live page, encoded once for all of them, and its delivery as server-sent events.
 *
 * @module
 */

/** Steps that are kept for viewers that are a little behind. */
const MAX_STEPS = 16;

/**
 * A value that changes in steps. A follower asks for the steps since its last call when it is ready: the feed never waits for it, and
 * keeps no queue for it. A follower that is too far behind gets the whole value again.
 */
export class ChangeFeed {
  readonly #encodeWhole: () => string;
  /** The last steps. The newest one leads to the present version. */
  #steps: string[] = [];
  #version = 0;
  #whole: { version: number; text: string } | undefined;
  #isOver = false;
  #changed = Promise.withResolvers<void>();

  /** Creates a feed. `encodeWhole` encodes the present value for a new follower. */
  constructor(encodeWhole: () => string) {
    this.#encodeWhole = encodeWhole;
  }

  /** Adds a step. Its text may be undefined if there are no followers: then the next one gets the whole value. */
  step(text: string | undefined): void {
    this.#version++;
    this.#steps = text === undefined ? [] : [...this.#steps, text].slice(-MAX_STEPS);
    this.#wake();
  }

  /** Ends the feed. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** Starts to follow the feed. */
  follow(): Follower {
    let version: number | undefined;
    return {
      next: async () => {
        while (version === this.#version) {
          if (this.#isOver) return undefined;
          await this.#changed.promise;
        }
        const text = this.#since(version);
        version = this.#version;
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
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }
}

/** A follower of a feed. */
export interface Follower {
  /** Resolves to the changes since the last call once there are any, or to undefined once the feed has ended. */
  next(): Promise<string | undefined>;
}

/** Sends a feed to clients, and knows when all of them have received its end. */
export class SseClients {
  readonly #feed: ChangeFeed;
  readonly #encoder = new TextEncoder();
  #count = 0;
  #allGone: (() => void) | undefined;

  constructor(feed: ChangeFeed) {
    this.#feed = feed;
  }

  /** The number of clients. */
  get count(): number {
    return this.#count;
  }

  /** Creates the stream of a new client. It gets the next text once it has read the one before. */
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

  /** Resolves once there are no clients. */
  async gone(): Promise<void> {
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      this.#allGone = resolve;
    });
  }
}
