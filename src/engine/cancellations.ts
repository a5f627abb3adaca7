/**
 * Ranges of a run that are cancelled, before or while they run.
 *
 * @module
 */

/** A range that a worker has taken, until it is disposed of. */
export interface CancellableRange extends Disposable {
  /** Aborted when the range is cancelled. */
  readonly signal: AbortSignal;
}

/** Passes requests to cancel ranges on to those who run them. */
export class Cancellations {
  readonly #running = new Map<number, AbortController>();
  /** Ranges that were cancelled before they began. */
  readonly #waiting = new Set<number>();

  /** Cancels a range: at once if it runs, otherwise as soon as it begins. */
  cancel(range: number): void {
    const running = this.#running.get(range);
    if (running === undefined) this.#waiting.add(range);
    else running.abort();
  }

  /** Notes that a range begins. */
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
