/**
 * Promises that callbacks return, though nobody may await them.
 *
 * @module
 */

/** Returns whether a value can be awaited. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value &&
    typeof value.then === "function";
}

/** Calls `onError` if a value that a callback returned is a promise and rejects. An uncaught rejection ends the program. */
export function caught(value: unknown, onError: (error: unknown) => void): void {
  if (isPromiseLike(value)) Promise.resolve(value).catch(onError);
}
