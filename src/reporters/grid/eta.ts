/**
 * Rate of a run over the last seconds, and the estimated time to its end.
 *
 * @module
 */

/** The length of the window, in milliseconds. */
const WINDOW_MS = 15_000;
/** The shortest time between two samples, in milliseconds. */
const STEP_MS = 500;

/** Measures items per second over the last 15 seconds, so that an estimate follows a run that becomes slower or faster. */
export class RateWindow {
  #samples: { t: number; done: number }[] = [];

  /** Adds a sample: the items done at time `t`, in milliseconds. Returns the rate, or `undefined` if it is not known yet. */
  sample(t: number, done: number): number | undefined {
    const last = this.#samples.at(-1);
    if (last === undefined || t - last.t >= STEP_MS) this.#samples.push({ t, done });
    while (this.#samples.length > 2 && this.#samples[1]!.t < t - WINDOW_MS) this.#samples.shift();
    const first = this.#samples[0]!;
    // After a failure, the items of the attempt no longer count as done: there is no rate until they are done again.
    return t - first.t < STEP_MS || done <= first.done
      ? undefined
      : 1000 * (done - first.done) / (t - first.t);
  }
}

/** Estimates the milliseconds that `items` items take at a rate in items per second. */
export function remainingMs(items: number, perSecond: number): number {
  return 1000 * items / perSecond;
}
