/**
 * The environment, as far as it may be read.
 *
 * @module
 */

/** The value of a variable; nothing when it is not set or may not be read, for which nobody is prompted. */
export function readEnv(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}
