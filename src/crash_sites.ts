/**
 * Where the attempts at a range came to their ends.
 *
 * @module
 */

/** Tells an item that no attempt gets past from a bad day. */
export class CrashSites {
  readonly #sites: (number | undefined)[] = [];

  /** Notes an attempt that FAILED or CRASHED, by the item that it was at; nothing when something else ended it. */
  add(item: number | undefined): void {
    this.#sites.push(item);
  }

  /** The item at which all ended, two at least; nothing when there is none. */
  get common(): number | undefined {
    const [first, ...others] = this.#sites;
    return others.length > 0 && others.every((site) => site === first) ? first : undefined;
  }
}
