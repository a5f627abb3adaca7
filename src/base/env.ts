/**
 * Environment variables, read without prompting for permission.
 *
 * @module
 */
import { decodeBytes } from "./surrogate_escape.ts";

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

/**
 * Returns the names of the variables that are not UTF-8, as far as /proc of Linux shows them: Deno hands them on to a process
 * that inherits the environment, but leaves them out where it lists them.
 */
export function brokenVariables(): string[] {
  if (Deno.build.os !== "linux") return [];
  try {
    const variables = decodeBytes(Deno.readFileSync("/proc/self/environ")).split("\0");
    return variables.filter((variable) => !variable.isWellFormed())
      .map((variable) => variable.split("=")[0]!);
  } catch {
    return [];
  }
}
