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
export class Feed {
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
