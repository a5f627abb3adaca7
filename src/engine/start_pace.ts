/**
 * Pace of the starts of a run: a least time between any two of them.
 *
 * @module
 */
import { linkSignals, unlessAborted } from "../base/abort.ts";
import { type Clock, sleep } from "../base/clock.ts";
import { Semaphore } from "../base/semaphore.ts";
import type { Gate } from "./pool.ts";

/** Options of {@linkcode StartPace}. */
export interface StartPaceOptions {
  /** The least time between two starts, in milliseconds. */
  readonly delay: number;
  readonly clock: Clock;
  /** Holds starts back during a pause, and turns them away once the run drains. */
  readonly gate: Gate;
}

/** Lets attempts start one after the other, in the order in which they asked. */
export class StartPace {
  readonly #options: StartPaceOptions;
  /** Only the first of those who wait watches the clock: so after a pause, they do not all start at once. */
  readonly #turns = new Semaphore(1);
  #startedAt = -Infinity;

  /** Creates the pace of one run. */
  constructor(options: StartPaceOptions) {
    this.#options = options;
  }

  /** Waits for the turn of an attempt, or until it is cancelled. Returns false if the run is stopped first. */
  async turn(cancelled: AbortSignal): Promise<boolean> {
    return await unlessAborted(this.#wait(cancelled), cancelled) ??
      !this.#options.gate.draining.aborted;
  }

  /** Waits as {@linkcode StartPace.turn}; an attempt that is cancelled takes no time of others when its turn comes. */
  async #wait(cancelled: AbortSignal): Promise<boolean> {
    const { clock, delay, gate } = this.#options;
    using _turn = await this.#turns.acquire();
    while (await gate.pass()) {
      if (cancelled.aborted) return true;
      const now = clock.now();
      const wait = this.#startedAt + delay - now;
      if (wait <= 0) {
        this.#startedAt = now;
        return true;
      }
      using ended = linkSignals(gate.draining, cancelled);
      await sleep(clock, wait, ended.signal);
    }
    return false;
  }
}
