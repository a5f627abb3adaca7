/**
 * Listeners on an `AbortSignal`, promises that it cuts short, and signals that follow several others.
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

/** A signal that follows others until it is disposed of. */
export interface LinkedSignal extends Disposable {
  /** Aborted as soon as one of the others is. */
  readonly signal: AbortSignal;
}

/**
 * Returns a signal that is aborted with the first of several others. Unlike `AbortSignal.any`, it leaves nothing behind on
 * them once it is disposed of: a signal that lives as long as the run would gather an entry for each attempt.
 */
export function linkSignals(...signals: readonly AbortSignal[]): LinkedSignal {
  const controller = new AbortController();
  const stack = new DisposableStack();
  for (const signal of signals) stack.use(onAbort(signal, () => controller.abort()));
  return { signal: controller.signal, [Symbol.dispose]: () => stack[Symbol.dispose]() };
}
