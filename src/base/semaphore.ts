/**
 * Not too many at the same time.
 *
 * @module
 */

/** Hands out turns, of which there are only so many. */
export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param most How many there are. */
  constructor(most: number) {
    this.#free = most;
  }

  /** Waits for a turn; it ends when it is disposed of. */
  async take(): Promise<Disposable> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return { [Symbol.dispose]: () => this.#giveBack() };
  }

  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
