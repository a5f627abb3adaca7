/**
 * Policy of a rate: no time of some length has more starts than a number.
 *
 * @module
 */
import type { StartRate } from "../../model/config.ts";
import type { StartHold, StartPolicy, StartRequest } from "./policy.ts";

/** Bounds the number of starts in any time of some length. */
export class RateLimit implements StartPolicy {
  readonly #rate: StartRate;
  /** The times of the last starts, in a ring: as many as the rate allows. */
  readonly #times: number[] = [];
  /** The place of the oldest one in the ring, once that is full. */
  #oldest = 0;

  constructor(rate: StartRate) {
    this.#rate = rate;
  }

  /** See {@linkcode StartPolicy.check}. */
  check({ now }: StartRequest): StartHold | undefined {
    const { starts, per } = this.#rate;
    if (this.#times.length < starts) return undefined;
    const until = this.#times[this.#oldest]! + per;
    if (now >= until) return undefined;
    return { waitsFor: { kind: "rate", starts, per, until }, ms: until - now };
  }

  /** See {@linkcode StartPolicy.start}. */
  start(now: number): void {
    if (this.#times.length < this.#rate.starts) {
      this.#times.push(now);
      return;
    }
    this.#times[this.#oldest] = now;
    this.#oldest = (this.#oldest + 1) % this.#rate.starts;
  }
}
