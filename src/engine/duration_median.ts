/**
 * How long ranges take.
 *
 * @module
 */

/** The median of fewer attempts says little. */
const MIN_SAMPLES = 5;
/** Older ones are forgotten: memory has a bound, and work may change its pace. */
const MAX_SAMPLES = 1_001;

/** Knows the median time of the attempts that ended well, the last thousand of them. */
export class DurationMedian {
  /** In the order in which they ended … */
  readonly #recent: number[] = [];
  /** … and by length. */
  readonly #sorted: number[] = [];

  /** Adds an attempt that ended well, by its time in milliseconds. */
  add(ms: number): void {
    if (this.#recent.push(ms) > MAX_SAMPLES) {
      this.#sorted.splice(this.#place(this.#recent.shift()!), 1);
    }
    this.#sorted.splice(this.#place(ms), 0, ms);
  }

  /** The median in milliseconds; nothing before there are enough attempts. */
  get median(): number | undefined {
    const count = this.#sorted.length;
    return count < MIN_SAMPLES ? undefined : this.#sorted[Math.floor(count / 2)];
  }

  /** The first place of those that are not shorter. */
  #place(ms: number): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]! < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
