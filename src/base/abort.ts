/**
 * Promises cut short by an `AbortSignal`.
 *
 * @module
 */

/**
 * Resolves to the value of `promise`, or to `undefined` as soon as `signal` is aborted. Leaves no listener on the signal, so
 * that a signal that lives as long as the run gathers none.
 */
export async function unlessAborted<T>(
  promise: T | PromiseLike<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const onAbort = () => resolve(undefined);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
