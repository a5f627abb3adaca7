/**
 * Policy of a least time between two starts.
 *
 * @module
 */
import type { StartHold, StartPolicy, StartRequest } from "./policy.ts";

/** Keeps starts apart. */
export class StartDelay implements StartPolicy {
  readonly #delay: number;
  #startedAt = -Infinity;

  /** @param delay The least time between two starts, in milliseconds. */
  constructor(delay: number) {
    this.#delay = delay;
  }

  /** See {@linkcode StartPolicy.check}. */
  check({ now }: StartRequest): StartHold | undefined {
    const until = this.#startedAt + this.#delay;
    return now >= until ? undefined : { waitsFor: { kind: "delay", until }, ms: until - now };
  }

  /** See {@linkcode StartPolicy.start}. */
  start(now: number): void {
    this.#startedAt = now;
  }
}
