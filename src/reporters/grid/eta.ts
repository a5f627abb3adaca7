/**
 * How fast a run is, of late.
 *
 * @module
 */

/** How far back `of late` goes, in milliseconds. */
const WINDOW_MS = 15_000;
/** The least time between two samples, in milliseconds. */
const STEP_MS = 500;

/** Items a second over the last 15 seconds, so that an estimate follows a run that becomes slower or faster. */
export class RateWindow {
  #samples: { t: number; done: number }[] = [];

  /** Takes a sample: items done at a time, in milliseconds; says the rate, if there is one yet. */
  sample(t: number, done: number): number | undefined {
    const last = this.#samples.at(-1);
    if (last === undefined || t - last.t >= STEP_MS) this.#samples.push({ t, done });
    while (this.#samples.length > 2 && this.#samples[1]!.t < t - WINDOW_MS) this.#samples.shift();
    const first = this.#samples[0]!;
    // What a failed attempt had done is taken back: then there is no rate for a while.
    return t - first.t < STEP_MS || done <= first.done
      ? undefined
      : 1000 * (done - first.done) / (t - first.t);
  }
}
