/**
 * The workers of a pilot by their numbers, on both sides.
 *
 * @module
 */
import { every, systemClock } from "../../base/clock.ts";

/** For how long a worker that is over can at least be asked about, in milliseconds. */
const KEEP_MS = 5_000;

/** Forgets workers some time after they are over. */
export class KnownWorkers<T> implements Disposable {
  readonly #workers = new Map<number, T>();
  /** Those that are over since the last two looks. */
  #recent: number[] = [];
  #older: number[] = [];
  readonly #looks = every(systemClock, KEEP_MS, () => {
    for (const worker of this.#older) this.#workers.delete(worker);
    this.#older = this.#recent;
    this.#recent = [];
  });

  /** Adds a worker. */
  add(worker: number, value: T): void {
    this.#workers.set(worker, value);
  }

  /** Returns a worker; undefined if it is not known, or not any more. */
  get(worker: number): T | undefined {
    return this.#workers.get(worker);
  }

  /** Takes notice that a worker is over. */
  end(worker: number): void {
    this.#recent.push(worker);
  }

  /** Returns all that are known. */
  all(): T[] {
    return Array.from(this.#workers.values());
  }

  /** Forgets no more. */
  [Symbol.dispose](): void {
    this.#looks[Symbol.dispose]();
  }
}
