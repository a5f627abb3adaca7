/**
 * A clock that can be made to stand still.
 *
 * @module
 */
import type { Clock } from "./clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
  running?: Disposable;
}

/** Another clock's time, less the time for which this one was suspended; its timers wait as long. */
export class SuspendableClock implements Clock {
  readonly #base: Clock;
  readonly #timers = new Set<Timer>();
  #suspendedAt: number | undefined;
  #lost = 0;

  constructor(base: Clock) {
    this.#base = base;
  }

  /** See {@linkcode Clock.now}. */
  now(): number {
    return (this.#suspendedAt ?? this.#base.now()) - this.#lost;
  }

  /** See {@linkcode Clock.after}. */
  after(ms: number, callback: () => void): Disposable {
    const timer: Timer = { at: this.now() + ms, callback };
    this.#timers.add(timer);
    if (this.#suspendedAt === undefined) this.#start(timer, ms);
    return {
      [Symbol.dispose]: () => {
        this.#timers.delete(timer);
        timer.running?.[Symbol.dispose]();
      },
    };
  }

  /** Makes it stand still. */
  suspend(): void {
    if (this.#suspendedAt !== undefined) return;
    this.#suspendedAt = this.#base.now();
    for (const { running } of this.#timers) running?.[Symbol.dispose]();
  }

  /** Lets it go on. */
  resume(): void {
    if (this.#suspendedAt === undefined) return;
    this.#lost += this.#base.now() - this.#suspendedAt;
    this.#suspendedAt = undefined;
    for (const timer of this.#timers) this.#start(timer, Math.max(0, timer.at - this.now()));
  }

  #start(timer: Timer, ms: number): void {
    timer.running = this.#base.after(ms, () => {
      this.#timers.delete(timer);
      timer.callback();
    });
  }
}
