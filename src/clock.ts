/**
 * Time, handed in, so that tests need not wait.
 *
 * @module
 */

/** Tells the time and calls back. */
export interface Clock {
  /** Milliseconds since 1970; never goes backwards during a run. */
  now(): number;
  /** Calls `callback` after `ms` milliseconds, unless the returned timer is disposed of before. */
  after(ms: number, callback: () => void): Disposable;
}

/** The real time: set by the wall clock at the start of the process, and steady from there. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after(ms, callback) {
    const id = setTimeout(callback, ms);
    return { [Symbol.dispose]: () => clearTimeout(id) };
  },
};

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
