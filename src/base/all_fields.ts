/**
 * Type of wrappers, which must pass on each field of what they wrap.
 *
 * @module
 */

/** All fields of a type, so that none that is added is forgotten; those that may be left out have `undefined`. */
export type AllFields<T> = { readonly [K in keyof Required<T>]: T[K] };
