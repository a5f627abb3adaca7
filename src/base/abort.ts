/**
 * Listeners on an `AbortSignal`, and promises that it cuts short.
 *
 * @module
 */

/**
 * Calls `listener` once: when `signal` is aborted, or at once if it has been. Disposing of the returned object keeps it from being
 * called.
 */
export function onAbort(signal: AbortSignal, listener: () => void): Disposable {
  if (signal.aborted) {
    listener();
    return { [Symbol.dispose]() {} };
  }
  signal.addEventListener("abort", listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", listener) };
}

/**
 * Resolves to the value of `promise`, or to `undefined` as soon as `signal` is aborted. Leaves no listener on the signal, so
 * that a signal that lives as long as the run gathers none.
 */
export async function unlessAborted<T>(
  promise: T | PromiseLike<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  using _abort = onAbort(signal, () => resolve(undefined));
  return await Promise.race([aborted, promise]);
}
