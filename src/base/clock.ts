/**
 * Clocks, timers and waits. A clock is passed in wherever time matters, so that tests need not wait.
 *
 * @module
 */

/** A source of time and of timers. */
export interface Clock {
  /** Returns the milliseconds since 1970; never goes backwards during a run. */
  now(): number;
  /** Calls `callback` after `ms` milliseconds, unless the returned timer is disposed of by then. */
  after(ms: number, callback: () => void): Disposable;
}

/** The real time. It is set by the wall clock at the start of the process, and monotonic from there on. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after(ms, callback) {
    const id = setTimeout(callback, ms);
    return { [Symbol.dispose]: () => clearTimeout(id) };
  },
};

/** Calls `callback` every `ms` milliseconds, until the returned timer is disposed of. */
export function every(clock: Clock, ms: number, callback: () => void): Disposable {
  let timer: Disposable;
  const arm = () => {
    timer = clock.after(ms, () => {
      arm();
      callback();
    });
  };
  arm();
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

const NEVER = new AbortController().signal;

/** Resolves after `ms` milliseconds, or as soon as `signal` is aborted; never rejects. */
export async function sleep(clock: Clock, ms: number, signal = NEVER): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = () => resolve();
  using _timer = clock.after(ms, wake);
  signal.addEventListener("abort", wake);
  await promise;
  signal.removeEventListener("abort", wake);
}

/** Options of {@linkcode withTimeout}. */
export interface TimeoutOptions {
  /** Milliseconds to wait at most. */
  readonly ms: number;
  /** Measures them. */
  readonly clock: Clock;
}

/**
 * Resolves to the value of `promise`, or to `undefined` if it is still pending after `ms` milliseconds. Rejects if `promise`
 * rejects before that.
 */
export async function withTimeout<T>(
  promise: PromiseLike<T>,
  { ms, clock }: TimeoutOptions,
): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  using _timer = clock.after(ms, () => resolve(undefined));
  return await Promise.race([promise, late]);
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
  running?: Disposable;
}

/** A clock that can be suspended: it leaves out the time in which it was, and its timers fire later by that time. */
export class SuspendableClock implements Clock {
  readonly #base: Clock;
  readonly #timers = new Set<Timer>();
  #suspendedAt: number | undefined;
  #suspendedMs = 0;

  constructor(base: Clock) {
    this.#base = base;
  }

  /** See {@linkcode Clock.now}. */
  now(): number {
    return (this.#suspendedAt ?? this.#base.now()) - this.#suspendedMs;
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

  /** Suspends it; does nothing if it is suspended already. */
  suspend(): void {
    if (this.#suspendedAt !== undefined) return;
    this.#suspendedAt = this.#base.now();
    for (const { running } of this.#timers) running?.[Symbol.dispose]();
  }

  /** Resumes it; does nothing if it is not suspended. */
  resume(): void {
    if (this.#suspendedAt === undefined) return;
    this.#suspendedMs += this.#base.now() - this.#suspendedAt;
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
