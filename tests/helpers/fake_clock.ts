import { setImmediate } from "node:timers";
import type { Clock } from "../../src/base/clock.ts";

interface Timer {
  at: number;
  callback: () => void;
}

/** Clock that {@linkcode FakeClock.advance} moves. */
export class FakeClock implements Clock {
  #now = 1_000_000;
  #timers: Timer[] = [];
  readonly #settle: () => Promise<void>;

  /** @param options `isOnlyClock`: whether nothing in the test waits for real timers. Then time passes far faster. */
  constructor({ isOnlyClock = false }: { isOnlyClock?: boolean } = {}) {
    this.#settle = isOnlyClock ? settlePromises : settle;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): Disposable {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return {
      [Symbol.dispose]: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  /** Moves the time by `ms` milliseconds and fires the timers that are due, in order. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (let timer = this.#next(until); timer !== undefined; timer = this.#next(until)) {
      this.#now = Math.max(this.#now, timer.at);
      this.#timers = this.#timers.filter((other) => other !== timer);
      timer.callback();
      await this.#settle();
    }
    this.#now = Math.max(this.#now, until);
    await this.#settle();
  }

  /** Moves the time in one step, as if this process had not run meanwhile, and fires the timers that are due by then. */
  async jump(ms: number): Promise<void> {
    this.skip(ms);
    await this.advance(0);
  }

  /** Moves the time, and fires nothing. */
  skip(ms: number): void {
    this.#now += ms;
  }

  /** The number of timers that run. */
  get running(): number {
    return this.#timers.length;
  }

  #next(until: number): Timer | undefined {
    const due = this.#timers.filter(({ at }) => at <= until);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}

/** Waits until the continuations of all resolved promises have run, and real timers that are due. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Waits until the continuations of all resolved promises have run. It takes a hundredth of the time of a real timer. */
async function settlePromises(): Promise<void> {
  await new Promise<void>((resolve) => void setImmediate(resolve));
}
