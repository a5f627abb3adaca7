/**
 * Turns of launches: bounds how many processes are started before the event loop goes on.
 *
 * @module
 */
import { systemClock } from "../base/clock.ts";

/**
 * Processes that are started in one turn of the event loop. Deno completes at most some 128 operations in a turn, and each process
 * that ends at once has several. With more of them in each turn, other operations, such as writes to stdout, would never
 * complete.
 */
const MAX_PER_TURN = 16;

/** Lets launches through, some in each turn of the event loop. */
export class LaunchTurns implements Disposable {
  #launched = 0;
  /** Resolves at the next turn. */
  #next: Promise<void> | undefined;
  #timer: Disposable | undefined;

  /** Resolves when a launch may begin: at once, or in a later turn. */
  async pass(): Promise<void> {
    while (this.#launched >= MAX_PER_TURN) await this.#nextTurn();
    this.#launched++;
    this.#nextTurn();
  }

  #nextTurn(): Promise<void> {
    return this.#next ??= new Promise((resolve) => {
      this.#timer = systemClock.after(0, () => {
        this.#launched = 0;
        this.#next = undefined;
        resolve();
      });
    });
  }

  /** Waits for no further turn. Nothing may be launched any more. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }
}
