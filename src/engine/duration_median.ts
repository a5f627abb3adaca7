/**
 * Running median of the durations of successful attempts.
 *
 * @module
 */

/** Fewer attempts give no useful median. */
const MIN_SAMPLES = 5;
/** Older attempts are forgotten: this bounds the memory, and later ranges may take longer than the first. */
const MAX_SAMPLES = 1_001;

/** Computes the median duration of the last thousand successful attempts. */
export class DurationMedian {
  /** Durations in the order in which the attempts ended. */
  readonly #recent: number[] = [];
  /** The same durations, shortest first. */
  readonly #sorted: number[] = [];

  /** Adds the duration of a successful attempt, in milliseconds. */
  add(ms: number): void {
    if (this.#recent.push(ms) > MAX_SAMPLES) {
      this.#sorted.splice(this.#lowerBound(this.#recent.shift()!), 1);
    }
    this.#sorted.splice(this.#lowerBound(ms), 0, ms);
  }

  /** The median in milliseconds; `undefined` while there are fewer than five attempts. */
  get median(): number | undefined {
    const count = this.#sorted.length;
    return count < MIN_SAMPLES ? undefined : this.#sorted[Math.floor(count / 2)];
  }

  /** Returns the index of the first duration that is not shorter than `ms`. */
  #lowerBound(ms: number): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]! < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
