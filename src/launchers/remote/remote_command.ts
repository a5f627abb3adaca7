/**
 * Commands for other machines.
 *
 * @module
 */
import { errorMessage } from "../../base/errors.ts";
import { checkedCommand } from "../checked_command.ts";
import { LaunchError, type WorkerCommand } from "../launcher.ts";
import { findDirectoryFault } from "../program_fault.ts";

/**
 * Returns a command that means the same on another machine. A relative directory would begin elsewhere there.
 *
 * @throws {LaunchError} As {@linkcode checkedCommand} does, or if the directory of this process is gone, or is not UTF-8; permanent.
 */
export function remoteCommand(given: WorkerCommand): WorkerCommand & { readonly cwd: string } {
  const command = checkedCommand(given);
  return { ...command, cwd: absoluteDirectory(command.cwd) };
}

function absoluteDirectory(cwd = "."): string {
  if (cwd.startsWith("/")) return cwd;
  try {
    return cwd === "." ? Deno.cwd() : `${Deno.cwd()}/${cwd}`;
  } catch (cause) {
    const message = findDirectoryFault(undefined) ??
      `working directory cannot be passed to another machine: ${errorMessage(cause)}`;
    throw new LaunchError(message, { cause, permanent: true });
  }
}
