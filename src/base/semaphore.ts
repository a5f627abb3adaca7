/**
 * A counting semaphore.
 *
 * @module
 */

/** Limits how many tasks run at the same time. */
export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param permits How many permits there are. */
  constructor(permits: number) {
    this.#free = permits;
  }

  /** Waits for a permit and takes it; the permit is given back when it is disposed of. */
  async acquire(): Promise<Disposable> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return { [Symbol.dispose]: () => this.#release() };
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
