/**
 * Beats: calls that many parts of a program wait for come together, by one timer.
 *
 * @module
 */
import type { Clock } from "./clock.ts";

/** The beats of each clock, by their distance. */
const beats = new WeakMap<Clock, Map<number, Beat>>();

/**
 * Calls `callback` at the next beat of a clock, which has one every `ms` milliseconds. Nothing is called if the returned object
 * is disposed of before. All who wait for the same beat are called one after the other, so that the process wakes up once for
 * all of them. They get the number of the beat. (Row watch of bench/.)
 */
export function atNextBeat(
  clock: Clock,
  ms: number,
  callback: (beat: number) => void,
): Disposable {
  const ofClock = beats.get(clock) ?? new Map<number, Beat>();
  beats.set(clock, ofClock);
  const beat = ofClock.get(ms) ?? new Beat(clock, ms);
  ofClock.set(ms, beat);
  return beat.next(callback);
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

  next(callback: Waiter["callback"]): Disposable {
    const waiter: Waiter = { callback };
    this.#waiting.add(waiter);
    this.#timer ??= this.#clock.after(this.#ms, () => this.#fire());
    return { [Symbol.dispose]: () => this.#drop(waiter) };
  }

  #fire(): void {
    this.#timer = undefined;
    this.#number++;
    // Those who begin to wait now wait for the beat after this one.
    for (const waiter of Array.from(this.#waiting)) {
      if (this.#waiting.delete(waiter)) waiter.callback(this.#number);
    }
  }

  #drop(waiter: Waiter): void {
    this.#waiting.delete(waiter);
    if (this.#waiting.size > 0) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}

interface Waiter {
  readonly callback: (beat: number) => void;
}
