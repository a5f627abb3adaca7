/**
 * Environment variables, read without prompting for permission.
 *
 * @module
 */

/**
 * Returns the value of a variable, or undefined if it is not set, is not UTF-8, or may not be read. Never prompts for the
 * permission.
 */
export function readEnv(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  if (state !== "granted") return undefined;
  try {
    return Deno.env.get(variable);
  } catch (error) {
    if (error instanceof Deno.errors.InvalidData) return undefined;
    throw error;
  }
}
