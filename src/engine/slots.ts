/**
 * Slots: things of which each may be used a few times at once, such as GPUs.
 *
 * @module
 */
import { onAbort } from "../base/abort.ts";

/** The use of a thing. It is free again when this is disposed of, which may be done more than once. */
export interface Slot<T> extends Disposable {
  readonly value: T;
}

/** Options of {@linkcode Slots}. */
export interface SlotsOptions {
  /** How often each thing may be used at once; at least 1. */
  readonly each: number;
}

/** Hands things out. Those who ask first get one first; it is one that is used least, and that was not used for longest. */
export class Slots<T> {
  readonly #values: readonly T[];
  readonly #each: number;
  /** How often each thing is used. */
  readonly #used: number[];
  /** When each thing was last handed out, as a number that grows. */
  readonly #takenAt: number[];
  #taken = 0;
  /** Those who wait, the first one first. */
  readonly #waiting = new Set<(slot: Slot<T> | undefined) => void>();

  /** Creates slots that are all free. */
  constructor(values: readonly T[], { each }: SlotsOptions) {
    this.#values = values;
    this.#each = each;
    this.#used = values.map(() => 0);
    this.#takenAt = values.map(() => 0);
  }

  /** Takes a slot as soon as one is free. Resolves to undefined if `signal` is aborted first. */
  async take(signal: AbortSignal): Promise<Slot<T> | undefined> {
    if (signal.aborted) return undefined;
    const free = this.#findFree();
    // If one is free, nobody waits.
    if (free !== undefined) return this.#hand(free);
    const { promise, resolve } = Promise.withResolvers<Slot<T> | undefined>();
    this.#waiting.add(resolve);
    using _abort = onAbort(signal, () => {
      if (this.#waiting.delete(resolve)) resolve(undefined);
    });
    return await promise;
  }

  /** Returns the index of a thing that has a free slot. */
  #findFree(): number | undefined {
    const [used, takenAt] = [this.#used, this.#takenAt];
    let best: number | undefined;
    for (let at = 0; at < used.length; at++) {
      if (used[at]! >= this.#each) continue;
      const isBetter = best === undefined || used[at]! < used[best]! ||
        (used[at] === used[best] && takenAt[at]! < takenAt[best]!);
      if (isBetter) best = at;
    }
    return best;
  }

  #hand(at: number): Slot<T> {
    this.#used[at]!++;
    this.#takenAt[at] = ++this.#taken;
    let isFree = false;
    return {
      value: this.#values[at]!,
      [Symbol.dispose]: () => {
        if (isFree) return;
        isFree = true;
        this.#used[at]!--;
        this.#handOn();
      },
    };
  }

  /** Gives a slot that has become free to the first one who waits. */
  #handOn(): void {
    const [first] = this.#waiting;
    const free = this.#findFree();
    if (first === undefined || free === undefined) return;
    this.#waiting.delete(first);
    first(this.#hand(free));
  }
}
