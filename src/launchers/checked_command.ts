/**
 * Check that a command can be passed to a program exactly as it is.
 *
 * @module
 */
import { showBytes } from "../base/surrogate_escape.ts";
import { LaunchError, type WorkerCommand } from "./launcher.ts";

/**
 * Returns the command if it can be passed on unchanged. Deno would silently replace text that is not UTF-8, a shell drops a
 * NUL, and no program can be given one.
 *
 * @throws {LaunchError} If an argument, a variable or the working directory cannot be passed on; permanent.
 */
export function checkedCommand(given: WorkerCommand): WorkerCommand {
  const { command, args, env = {}, cwd = "" } = given;
  for (const text of [command, ...args]) checkText("argument", text);
  for (const variable of Object.entries(env)) checkText("variable", variable.join("="));
  checkText("working directory", cwd);
  return given;
}

function checkText(kind: string, text: string): void {
  if (text.isWellFormed() && !text.includes("\0")) return;
  const fault = text.includes("\0") ? "contains a NUL" : "is not UTF-8";
  const message = `${kind} "${showBytes(text)}" cannot be passed to a program: it ${fault}`;
  throw new LaunchError(message, { permanent: true });
}
