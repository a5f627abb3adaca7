/**
 * The workers of a pilot by their numbers, on both sides.
 *
 * @module
 */
import { type Clock, every, systemClock } from "../../base/clock.ts";

/** For how long a worker that is over is known at least, in milliseconds: it can be asked about. */
const KEEP_MS = 5_000;

/** Forgets workers some time after they are over. */
export class KnownWorkers<T> implements Disposable {
  readonly #workers = new Map<number, T>();
  /** Until when those that are over are known. */
  readonly #until = new Map<number, number>();
  readonly #clock: Clock;
  readonly #looks: Disposable;

  /** @param clock Measures for how long they are known. */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#looks = every(clock, KEEP_MS, () => this.#forget());
  }

  /** Adds a worker. */
  add(worker: number, value: T): void {
    this.#workers.set(worker, value);
  }

  /** Returns a worker; undefined if it is not known, or not any more. */
  get(worker: number): T | undefined {
    return this.#workers.get(worker);
  }

  /** Takes notice that a worker is over; it is known for so many milliseconds longer than others. */
  end(worker: number, { longer = 0 } = {}): void {
    this.#until.set(worker, this.#clock.now() + KEEP_MS + longer);
  }

  /** Returns all that are known. */
  all(): T[] {
    return Array.from(this.#workers.values());
  }

  /** Forgets no more. */
  [Symbol.dispose](): void {
    this.#looks[Symbol.dispose]();
  }

  #forget(): void {
    const now = this.#clock.now();
    for (const [worker, until] of this.#until) {
      if (until > now) continue;
      this.#workers.delete(worker);
      this.#until.delete(worker);
    }
  }
}
