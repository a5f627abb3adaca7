/**
 * Requests to cancel ranges of a run: each reaches the attempt at its range, or waits until that begins.
 *
 * @module
 */

/** A range that a worker has taken, until it is disposed of. */
export interface CancellableRange extends Disposable {
  /** Aborted when the range is cancelled. */
  readonly signal: AbortSignal;
}

/** Passes each request to cancel a range on to what runs it. A range that has ended is not known any more. */
export class Cancellations {
  readonly #running = new Map<number, AbortController>();
  /** Ranges that were cancelled before they began. */
  readonly #waiting = new Set<number>();

  /** Cancels a range: at once if a worker has it, otherwise as soon as a worker takes it. */
  cancel(range: number): void {
    const running = this.#running.get(range);
    if (running === undefined) this.#waiting.add(range);
    else running.abort();
  }

  /** Notes that a worker takes a range. Its signal is aborted from the start if the range was cancelled before. */
  enter(range: number): CancellableRange {
    const controller = new AbortController();
    this.#running.set(range, controller);
    if (this.#waiting.delete(range)) controller.abort();
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => void this.#running.delete(range),
    };
  }
}
