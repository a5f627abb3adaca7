/**
 * Checks of single fields, and the sentences about what is wrong with them.
 *
 * @module
 */

/** The longest timer that the platform has. */
const MAX_DURATION_MS = 2 ** 31 - 1;

/** Checks a value that may be left out. */
export function optional<T, R>(value: T | undefined, check: (value: T) => R): R | undefined {
  return value === undefined ? undefined : check(value);
}

/** Refuses fields that there are not. */
export function knownFields(name: string, value: object, fields: readonly string[]): void {
  if (typeof value !== "object" || value === null) throw wrongType(name, "an object", value);
  for (const field of Object.keys(value)) {
    if (!fields.includes(field)) {
      const path = name === "config" ? field : `${name}.${field}`;
      throw new TypeError(
        `Cannot run the task as there is no field ${path}: use ${fields.join(", ")}`,
      );
    }
  }
}

/** An integer from `min` on, 0 or 1. */
export function integer(field: string, value: number, min: number): number {
  if (typeof value !== "number") throw wrongType(field, integerFrom(min), value);
  if (!Number.isSafeInteger(value) || value < min) throw outOfRange(field, integerFrom(min), value);
  return value;
}

function integerFrom(min: number): string {
  return min === 0 ? "a non-negative integer" : "a positive integer";
}

/** Milliseconds, as many as a timer takes. */
export function duration(field: string, value: number, min = 1): number {
  return between(field, value, { min, max: MAX_DURATION_MS, unit: "milliseconds" });
}

/** A number within bounds. */
export function between(
  field: string,
  value: number,
  { min, max, unit }: { min: number; max?: number; unit?: string },
): number {
  const bounds = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  const wanted = `a number${unit === undefined ? "" : ` of ${unit}`} ${bounds}`;
  if (typeof value !== "number") throw wrongType(field, wanted, value);
  if (!(value >= min && value <= (max ?? Number.MAX_VALUE))) throw outOfRange(field, wanted, value);
  return value;
}

/** A boolean. */
export function boolean(field: string, value: boolean): boolean {
  if (typeof value !== "boolean") throw wrongType(field, "a boolean", value);
  return value;
}

/** A function that makes something. */
export function factory<T>(field: string, value: () => T): () => T {
  if (typeof value !== "function") {
    throw wrongType(field, "a function that makes a handler for each attempt", value);
  }
  return value;
}

/** Something to iterate over. */
export function iterable<T extends object>(field: string, value: T): T {
  const isIterable = typeof value === "object" && value !== null &&
    (Symbol.iterator in value || Symbol.asyncIterator in value);
  if (!isIterable) throw wrongType(field, "an iterable of strings", value);
  return value;
}

/** A path that can be one. */
export function path(field: string, value: string): string {
  const wanted = "a path";
  if (typeof value !== "string") throw wrongType(field, wanted, value);
  if (value === "" || value.includes("\0")) throw outOfRange(field, wanted, value);
  return value;
}

/** One of some words. */
export function oneOf<T extends string>(field: string, value: T, values: readonly T[]): T {
  const wanted = values.map((v) => `"${v}"`).join(" or ");
  if (typeof value !== "string") throw wrongType(field, wanted, value);
  if (!values.includes(value)) throw outOfRange(field, wanted, value);
  return value;
}

/** A value of another type than it should be. */
export function wrongType(field: string, wanted: string, value: unknown): TypeError {
  return new TypeError(sentence(field, wanted, value));
}

/** A value out of its bounds. */
export function outOfRange(field: string, wanted: string, value: unknown): RangeError {
  return new RangeError(sentence(field, wanted, value));
}

function sentence(field: string, wanted: string, value: unknown): string {
  return `Cannot run the task as ${field} must be ${wanted}: current value is ${
    typeof value === "string" ? `"${value}"` : Deno.inspect(value)
  }`;
}
