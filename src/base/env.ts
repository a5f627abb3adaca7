/**
 * Environment variables, read without prompting for permission.
 *
 * @module
 */

/** Returns the value of a variable, or undefined if it is not set or may not be read. Never prompts for the permission. */
export function readEnv(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}
