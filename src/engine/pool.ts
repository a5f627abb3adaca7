/**
 * Pool of workers that can be resized and paused while it runs.
 *
 * @module
 */
import { unlessAborted } from "../base/abort.ts";

/** Runs one loop per worker, and changes their number while they run. */
export class Pool {
  readonly #work: (worker: number) => Promise<void>;
  readonly #running = new Map<number, Promise<void>>();
  #size: number;

  /**
   * @param size The number of workers.
   * @param work Runs the worker with that index until there is no more work or {@linkcode Pool.wants} returns false.
   */
  constructor(size: number, work: (worker: number) => Promise<void>) {
    this.#size = size;
    this.#work = work;
  }

  /** The number of workers that are wanted now. */
  get size(): number {
    return this.#size;
  }

  /** Returns whether the worker with that index should take more work. */
  wants(worker: number): boolean {
    return worker < this.#size;
  }

  /** Runs all workers. Resolves when the last one ends; rejects as soon as one fails. */
  async run(): Promise<void> {
    this.wake();
    while (this.#running.size > 0) await Promise.race(this.#running.values());
  }

  /** Changes the number of workers. Surplus workers go on until they ask {@linkcode Pool.wants}. */
  resize(size: number): void {
    this.#size = size;
    this.wake();
  }

  /** Starts every worker that is wanted and does not run: a new one, or one that ended for lack of work. */
  wake(): void {
    for (let worker = 0; worker < this.#size; worker++) {
      if (this.#running.has(worker)) continue;
      const running = this.#work(worker).finally(() => this.#running.delete(worker));
      this.#running.set(worker, running);
    }
  }

  /** Resolves when all workers have ended, even if some failed. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running.values());
  }
}

/** Holds new work back while the run is paused, and turns it away once the run drains. */
export class Gate {
  /** Aborted when no more work may start. */
  readonly draining: AbortSignal;
  #opened: PromiseWithResolvers<void> | undefined;

  /** Creates an open gate. */
  constructor(draining: AbortSignal) {
    this.draining = draining;
  }

  /** Whether the gate is closed. */
  get isClosed(): boolean {
    return this.#opened !== undefined;
  }

  /** Closes the gate. */
  close(): void {
    this.#opened ??= Promise.withResolvers();
  }

  /** Opens the gate for everybody who waits. */
  open(): void {
    this.#opened?.resolve();
    this.#opened = undefined;
  }

  /** Waits while the gate is closed. Returns whether new work may start. */
  async pass(): Promise<boolean> {
    while (this.#opened !== undefined && !this.draining.aborted) {
      await unlessAborted(this.#opened.promise, this.draining);
    }
    return !this.draining.aborted;
  }
}
