/**
 * Waits that an `AbortSignal` can cut short.
 *
 * @module
 */

/**
 * What `promise` resolves to, or `undefined` as soon as `signal` is aborted. Leaves nothing behind on the signal, which
 * `Promise.race` with a promise that lives as long as the run would.
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
