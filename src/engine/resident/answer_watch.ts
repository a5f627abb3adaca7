/**
 * Watch on a resident worker that has given an answer which ends no range: it may wait for its next range, as the executor waits
 * for an answer.
 *
 * @module
 */
import { type Clock, every } from "../../base/clock.ts";

/** Time between two looks at the worker, in milliseconds. */
const LOOK_MS = 1_000;

/** Options of {@linkcode AnswerWatch}. */
export interface AnswerWatchOptions {
  readonly clock: Clock;
  /** Milliseconds in which the worker must give a sign of life. */
  readonly patience: number;
  /** Returns whether the worker is at work, as far as that can be seen. */
  readonly isAtWork: () => boolean;
  /** Called if the worker gives no sign of life, with the fault of its answer. */
  readonly onSilence: (fault: string) => void;
}

/** Notices that a worker gives no sign of life after a wrong answer. */
export class AnswerWatch implements Disposable {
  readonly #options: AnswerWatchOptions;
  #looks: Disposable | undefined;
  #fault = "";
  #lastSignAt = 0;
  #hasPrinted = false;

  constructor(options: AnswerWatchOptions) {
    this.#options = options;
  }

  /** Begins to watch, or goes on, as the worker has given an answer with that fault. */
  start(fault: string): void {
    const { clock, patience, isAtWork, onSilence } = this.#options;
    this.#fault = fault;
    this.#lastSignAt = clock.now();
    if (this.#looks !== undefined) return;
    // A worker that computes is told by what has changed since the look before.
    isAtWork();
    this.#looks = every(clock, Math.min(LOOK_MS, patience), () => {
      if (this.#hasPrinted || isAtWork()) this.#lastSignAt = clock.now();
      this.#hasPrinted = false;
      if (clock.now() - this.#lastSignAt < patience) return;
      this[Symbol.dispose]();
      onSilence(this.#fault);
    });
  }

  /** Takes notice that the worker has printed something. */
  notePrinted(): void {
    this.#hasPrinted = true;
  }

  /** Ends the watch: the worker has answered, or has ended. */
  [Symbol.dispose](): void {
    this.#looks?.[Symbol.dispose]();
    this.#looks = undefined;
  }
}
