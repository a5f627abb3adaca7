/**
 * Beats: calls that many parts of a program wait for come together, by one timer.
 *
 * @module
 */
import type { Clock } from "./clock.ts";

/** The beats of each clock, by their distance. */
const beats = new WeakMap<Clock, Map<number, Beat>>();

/**
 * Calls `callback` at the next beat of a clock, which has one every `ms` milliseconds, or at the next one of which `isDue` returns
 * true. Nothing is called if the returned object is disposed of before. All who wait for the same beat are called one after the
 * other, so that the process wakes up once for all of them. (Rows watch and crowd of bench/.)
 *
 * @param isDue Is called with the number of each beat.
 */
export function atNextBeat(
  clock: Clock,
  ms: number,
  callback: () => void,
  isDue: (beat: number) => boolean = () => true,
): Disposable {
  const ofClock = beats.get(clock) ?? new Map<number, Beat>();
  beats.set(clock, ofClock);
  const beat = ofClock.get(ms) ?? new Beat(clock, ms);
  ofClock.set(ms, beat);
  return beat.add(callback, isDue);
}

/** Calls `callback` at each beat of a clock, until the returned object is disposed of. See {@linkcode atNextBeat}. */
export function everyBeat(clock: Clock, ms: number, callback: () => void): Disposable {
  let next: Disposable;
  const wait = () => {
    next = atNextBeat(clock, ms, () => {
      wait();
      callback();
    });
  };
  wait();
  return { [Symbol.dispose]: () => next[Symbol.dispose]() };
}

/** Fires as long as somebody waits for it. */
class Beat {
  readonly #clock: Clock;
  readonly #ms: number;
  #number = 0;
  #timer: Disposable | undefined;
  readonly #waiting = new Set<Waiter>();

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  add(callback: () => void, isDue: (beat: number) => boolean): Disposable {
    const waiter = new Waiter(this, callback, isDue);
    this.#waiting.add(waiter);
    this.#arm();
    return waiter;
  }

  drop(waiter: Waiter): void {
    this.#waiting.delete(waiter);
    if (this.#waiting.size > 0) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer ??= this.#clock.after(this.#ms, () => this.#fire());
  }

  #fire(): void {
    this.#timer = undefined;
    this.#number++;
    // Those who begin to wait now wait for the beat after this one.
    for (const waiter of Array.from(this.#waiting)) {
      if (!this.#waiting.has(waiter)) continue;
      if (waiter.isDue(this.#number)) {
        this.#waiting.delete(waiter);
        waiter.callback();
      } else this.#arm();
    }
  }
}

class Waiter implements Disposable {
  readonly callback: () => void;
  readonly isDue: (beat: number) => boolean;
  readonly #beat: Beat;

  constructor(beat: Beat, callback: () => void, isDue: (beat: number) => boolean) {
    this.#beat = beat;
    this.callback = callback;
    this.isDue = isDue;
  }

  [Symbol.dispose](): void {
    this.#beat.drop(this);
  }
}
