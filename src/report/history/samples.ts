/**
 * Samples of the number of items done over time, in bounded memory.
 *
 * @module
 */
import type { Sample } from "./history.ts";

/** Maximal number of samples. */
const MAX_SAMPLES = 1_000;
/** Minimal time between samples, at first. */
const FIRST_STEP_MS = 100;

/** Keeps samples. If there are too many, drops every other one and doubles the minimal time between samples. */
export class Samples {
  #points: Sample[] = [];
  #step = FIRST_STEP_MS;
  /** Index of the first sample that has changed since the last {@linkcode drainChanged}. */
  #changedFrom = 0;

  /** The samples in order. */
  get points(): readonly Sample[] {
    return this.#points;
  }

  /** Adds a sample. The last two are always kept, so that a rise before a long pause stays visible. */
  add(at: number, done: number): void {
    const [before, last] = [this.#points.at(-2), this.#points.at(-1)];
    const isDense = before !== undefined && at - before[0] < this.#step;
    if (last !== undefined && (isDense || last[0] === at)) this.#points.pop();
    this.#changedFrom = Math.min(this.#changedFrom, this.#points.length);
    this.#points.push([at, done]);
    if (this.#points.length > MAX_SAMPLES) this.#thin();
  }

  /** Returns the samples that were added or replaced since the last call, and the index of the first of them. */
  drainChanged(): { from: number; points: readonly Sample[] } {
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
