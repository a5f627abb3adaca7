/**
 * Why the client of an engine could not be started.
 *
 * @module
 */
import { errorMessage, exhaustedResource } from "../base/errors.ts";
import { type Launcher, LaunchError } from "./launcher.ts";

/** Puts it into words; a machine that is full waits, and a program that is not there stays away. */
export function explainSpawn(error: unknown, client: string): LaunchError {
  if (error instanceof LaunchError) return error;
  const lack = exhaustedResource(error);
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

/** Every launch fails, for the reason for which the launcher could not be opened, and is not tried again. */
export function failingLauncher(cause: unknown): Launcher & AsyncDisposable {
  return {
    launch() {
      throw new LaunchError(errorMessage(cause), { cause, permanent: true });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
