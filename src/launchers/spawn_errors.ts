/**
 * Spawn errors in words, for the person who wrote the command.
 *
 * @module
 */
import { errorMessage, exhaustedResource } from "../base/errors.ts";
import { type Launcher, LaunchError, type WorkerCommand } from "./launcher.ts";

/** A command that could not be spawned. */
export interface FailedCommand extends Pick<WorkerCommand, "command" | "cwd"> {
  /** How the sentence calls it, such as `ssh`; "command" if left out. */
  readonly subject?: string;
}

/** Turns an error of `Deno.Command` into one whose message names the cause, and that tells whether a retry can succeed. */
export function explainSpawnError(
  error: unknown,
  { command, cwd, subject = "command" }: FailedCommand,
): LaunchError {
  if (error instanceof LaunchError) return error;
  const options = { cause: error, permanent: true };
  if (cwd !== undefined && isDirectory(cwd) === false) {
    return new LaunchError(`working directory not found: ${cwd}`, options);
  }
  if (error instanceof Deno.errors.NotFound) {
    const isUnsure = cwd !== undefined && isDirectory(cwd) === undefined;
    const alternative = isUnsure ? ` (or working directory: ${cwd})` : "";
    return new LaunchError(commandNotFound(command) + alternative, options);
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new LaunchError(commandNotExecutable(command), options);
  }
  const resource = exhaustedResource(error);
  if (resource !== undefined) {
    const message = `${subject} cannot be started: the system has no more ${resource}`;
    return new LaunchError(message, { cause: error, exhausted: true });
  }
  // A NUL in an argument and an argument list that is too long are the same the next time.
  const permanent = error instanceof TypeError || codeOf(error) === "E2BIG";
  const message = `${subject} cannot be started: ${errorMessage(error)}`;
  return new LaunchError(message, { cause: error, permanent });
}

/** Returns the sentence about a command that is not there. */
export function commandNotFound(command: string): string {
  return `command not found: ${command}`;
}

/** Returns the sentence about a command that may not be executed. */
export function commandNotExecutable(command: string): string {
  return `command not executable: ${command}`;
}

/** Makes a launcher whose every launch fails, for the reason why the real one could not be opened; no launch is retried. */
export function failingLauncher(cause: unknown): Launcher & AsyncDisposable {
  return {
    launch() {
      throw new LaunchError(errorMessage(cause), { cause, permanent: true });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** Returns whether a path is a directory, or undefined if it may not be looked at. */
function isDirectory(path: string): boolean | undefined {
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return undefined;
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
