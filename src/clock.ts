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

/** Calls back after every `ms` milliseconds, until what it returns is disposed of. */
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
