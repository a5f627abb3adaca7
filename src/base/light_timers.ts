/**
 * Light timers: a few timers of a process that need none of Deno's modules for timers, which take milliseconds to load.
 *
 * @module
 */

/** How many of them are left. */
let left = 0;

/**
 * Makes the next timers of this process light ones. Only a program that has the process for itself should do that: a light
 * timer that is disposed of stays with Deno until its time, although it does nothing any more. So there are few of them.
 * (Row start of bench/.)
 */
export function lightenTimers(count = 64): void {
  left = count;
}

/** Makes a light timer, if there is one left. */
export function lightTimer(ms: number, callback: () => void): Disposable | undefined {
  if (left === 0) return undefined;
  left--;
  const signal = AbortSignal.timeout(Math.max(0, ms));
  const listener = () => callback();
  // It keeps the process from its end as long as somebody listens, as other timers do.
  signal.addEventListener("abort", listener);
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", listener) };
}
