/**
 * What was thrown, in words.
 *
 * @module
 */

/** The message of an error, or what else was thrown, whatever it is. */
export function errorMessage(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === "string" ? thrown : Deno.inspect(thrown);
}
