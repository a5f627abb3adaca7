/**
 * Room for one more process, when the system has none.
 *
 * @module
 */
import { type Clock, sleep } from "./clock.ts";

/** Whatever our own workers do, somebody else's may have ended by then. */
const LOOK_AGAIN_MS = 1_000;
/** How often a launch is tried again with none of our own workers running: then it is not they who take the room. */
const MAX_LOOKS_ALONE = 30;

/** Knows how many attempts run, and makes a launch that found no room wait until one has ended. */
export class Occupancy {
  readonly #clock: Clock;
  readonly #waiting: AbortController[] = [];
  #running = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An attempt runs, until what is returned is disposed of. */
  enter(): Disposable {
    this.#running++;
    return {
      [Symbol.dispose]: () => {
        this.#running--;
        this.#waiting.shift()?.abort();
      },
    };
  }

  /** Calls `launch` until it says something, waiting for room in between; nothing when it never did, or `signal` was aborted. */
  async untilRoom<T>(
    launch: () => Promise<T | undefined>,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    for (let alone = 0; alone < MAX_LOOKS_ALONE && !signal.aborted;) {
      const launched = await launch();
      if (launched !== undefined) return launched;
      alone = this.#running > 0 ? 0 : alone + 1;
      const ended = new AbortController();
      this.#waiting.push(ended);
      await sleep(this.#clock, LOOK_AGAIN_MS, AbortSignal.any([ended.signal, signal]));
      if (!ended.signal.aborted) this.#waiting.splice(this.#waiting.indexOf(ended), 1);
    }
    return undefined;
  }
}
