/**
 * The workers of a run, as many as are wanted now.
 *
 * @module
 */
import { unlessAborted } from "../base/abort.ts";

/** Runs one loop per worker, and changes their number while they run. */
export class Pool {
  readonly #work: (worker: number) => Promise<void>;
  readonly #running = new Map<number, Promise<void>>();
  #wanted: number;

  /**
   * @param wanted How many workers there are.
   * @param work What the worker of that number does until there is nothing to do, or {@linkcode Pool.wants} it no more.
   */
  constructor(wanted: number, work: (worker: number) => Promise<void>) {
    this.#wanted = wanted;
    this.#work = work;
  }

  /** How many workers are wanted. */
  get wanted(): number {
    return this.#wanted;
  }

  /** Whether the worker of that number is to go on. */
  wants(worker: number): boolean {
    return worker < this.#wanted;
  }

  /** Changes their number; those that are too many go on until they ask. */
  resize(wanted: number): void {
    this.#wanted = wanted;
    this.#start();
  }

  /** Starts them, and resolves when all have ended; rejects as soon as one does. */
  async toEnd(): Promise<void> {
    this.#start();
    while (this.#running.size > 0) await Promise.race(this.#running.values());
  }

  /** Resolves when all have ended, in whatever way. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running.values());
  }

  #start(): void {
    for (let worker = 0; worker < this.#wanted; worker++) {
      if (this.#running.has(worker)) continue;
      const running = this.#work(worker).finally(() => this.#running.delete(worker));
      this.#running.set(worker, running);
    }
  }
}

/** Open at first; while it is closed, whoever wants to pass waits. */
export class Gate {
  #closed: PromiseWithResolvers<void> | undefined;

  /** Whether nobody passes. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Lets nobody pass from now on. */
  close(): void {
    this.#closed ??= Promise.withResolvers();
  }

  /** Lets all pass who wait, and whoever comes. */
  open(): void {
    this.#closed?.resolve();
    this.#closed = undefined;
  }

  /** Resolves when it is open, or as soon as `signal` is aborted. */
  async pass(signal: AbortSignal): Promise<void> {
    while (this.#closed !== undefined && !signal.aborted) {
      await unlessAborted(this.#closed.promise, signal);
    }
  }
}
