/**
 * Spawn errors in words, for the person who wrote the command.
 *
 * @module
 */
import { errorMessage, exhaustedResource } from "../base/errors.ts";
import { type Launcher, LaunchError, type WorkerCommand } from "./launcher.ts";
import {
  commandNotExecutable,
  commandNotFound,
  findDirectoryFault,
  findProgramFault,
  programIsBusy,
} from "./program_fault.ts";

/** A command that could not be spawned. */
export interface FailedCommand extends Pick<WorkerCommand, "command" | "cwd" | "env"> {
  readonly args?: readonly string[];
  /** How the sentence calls it, such as `ssh`; "command" if left out. */
  readonly subject?: string;
}

/** Turns an error of `Deno.Command` into one whose message names the cause, and that tells whether a retry can succeed. */
export function explainSpawnError(error: unknown, failed: FailedCommand): LaunchError {
  if (error instanceof LaunchError) return error;
  const { subject = "command" } = failed;
  const resource = exhaustedResource(error);
  if (resource !== undefined) {
    const message = `${subject} cannot be started: the system has no more ${resource}`;
    return new LaunchError(message, { cause: error, exhausted: true });
  }
  const code = codeOf(error);
  if (code === "E2BIG") return new LaunchError(tooLong(failed), { cause: error, permanent: true });
  if (isBusy(error)) {
    return new LaunchError(programIsBusy(failed.command, { subject }), { cause: error });
  }
  const message = faultOf(error, failed) ?? `${subject} cannot be started: ${errorMessage(error)}`;
  // A NUL in an argument is the same the next time, and so is a path that is too long or leads nowhere.
  const permanent = isOfFile(error) || error instanceof TypeError || code === "ENAMETOOLONG";
  return new LaunchError(message, { cause: error, permanent });
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

/** Returns the sentence about a program or a directory that the system has refused; undefined for another error. */
function faultOf(error: unknown, failed: FailedCommand): string | undefined {
  if (!isOfFile(error)) return undefined;
  const { command, cwd } = failed;
  const fault = findDirectoryFault(cwd) ?? findProgramFault(failed);
  const isDenied = error instanceof Deno.errors.PermissionDenied;
  if (fault !== undefined && !(isDenied && fault === commandNotFound(command))) return fault;
  if (isDenied) return `${commandNotExecutable(command)} (its file system may forbid that: noexec)`;
  if (!(error instanceof Deno.errors.NotFound)) return undefined;
  return commandNotFound(command) + (cwd === undefined ? "" : ` (or working directory: ${cwd})`);
}

/** Returns whether an error is ETXTBSY, for which Deno has neither a class nor a code. */
function isBusy(error: unknown): boolean {
  return /: Text file busy \(os error \d+\)$/.test(errorMessage(error));
}

function isOfFile(error: unknown): boolean {
  const { NotFound, PermissionDenied, NotADirectory, FilesystemLoop } = Deno.errors;
  return [NotFound, PermissionDenied, NotADirectory, FilesystemLoop].some((type) =>
    error instanceof type
  );
}

/** The most bytes that Linux takes in one argument, without the NUL at its end. */
const MAX_ARGUMENT_BYTES = 131_071;

function tooLong({ subject = "command", args = [], env = {} }: FailedCommand): string {
  const encoder = new TextEncoder();
  const sizes = args.map((arg) => encoder.encode(arg).length);
  const longest = sizes.reduce((most, size) => Math.max(most, size), 0);
  const refused = `${subject} cannot be started: Argument list too long`;
  if (longest > MAX_ARGUMENT_BYTES && Deno.build.os === "linux") {
    return `${refused}: an argument has ${longest} bytes, and the system takes ${MAX_ARGUMENT_BYTES}`;
  }
  const bytes = sizes.reduce((sum, size) => sum + size + 1, 0);
  const items = Number(env.EXECUTOR_END) - Number(env.EXECUTOR_START);
  const suffix = items > 1 ? `, for ${items} items` : "";
  return `${refused}: it has ${args.length} arguments, ${bytes} bytes in all${suffix}`;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
