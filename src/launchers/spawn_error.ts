/**
 * Why the client of an engine could not be started.
 *
 * @module
 */
import { errorMessage } from "../error_message.ts";
import { lackOf } from "./lack.ts";
import { LaunchError } from "./launcher.ts";

/** Puts it into words; a machine that is full waits, and a program that is not there stays away. */
export function explainSpawn(error: unknown, client: string): LaunchError {
  if (error instanceof LaunchError) return error;
  const lack = lackOf(error);
  if (lack !== undefined) {
    const message = `${client} cannot be started for want of ${lack}`;
    return new LaunchError(message, { cause: error, exhausted: true });
  }
  const isMissing = error instanceof Deno.errors.NotFound;
  const message = isMissing
    ? `command not found: ${client}`
    : `${client} cannot be started: ${errorMessage(error)}`;
  return new LaunchError(message, { cause: error, permanent: true });
}
