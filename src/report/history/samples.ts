/**
 * Items done over time, in bounded memory.
 *
 * @module
 */
import type { Sample } from "./history.ts";

/** How many samples are kept at most. */
const MAX_SAMPLES = 1_000;
/** At first, samples are that far apart. */
const FIRST_STEP_MS = 100;

/** Keeps samples; when there are too many, every other one, and from then on only half as many. */
export class Samples {
  #points: Sample[] = [];
  #step = FIRST_STEP_MS;
  /** The first one that {@linkcode takeChanged} has not given out as it is now. */
  #changedFrom = 0;

  /** The samples in order. */
  get points(): readonly Sample[] {
    return this.#points;
  }

  /** Adds one. The last two are always kept: so a long time in which nothing was done does not hide that much was done before. */
  add(at: number, done: number): void {
    const [before, last] = [this.#points.at(-2), this.#points.at(-1)];
    const isDense = before !== undefined && at - before[0] < this.#step;
    if (last !== undefined && (isDense || last[0] === at)) this.#points.pop();
    this.#changedFrom = Math.min(this.#changedFrom, this.#points.length);
    this.#points.push([at, done]);
    if (this.#points.length > MAX_SAMPLES) this.#thin();
  }

  /** The samples that were added or replaced since the last call, and the place of the first of them. */
  takeChanged(): { from: number; points: readonly Sample[] } {
    const from = this.#changedFrom;
    this.#changedFrom = this.#points.length;
    return { from, points: this.#points.slice(from) };
  }

  #thin(): void {
    const end = this.#points.length - 1;
    this.#points = this.#points.filter((_, index) => index % 2 === 0 || index === end);
    this.#step *= 2;
    this.#changedFrom = 0;
  }
}
