/**
 * What can be handed to a program.
 *
 * @module
 */
import { showBytes } from "../base/surrogate_escape.ts";
import { LaunchError, type WorkerCommand } from "./launcher.ts";

/**
 * Gives the command back. Deno would hand over something else than what is not UTF-8, without a word, and a shell drops a
 * NUL; nothing can be handed over with a NUL in it.
 *
 * @throws {LaunchError} If an argument, a variable or the working directory cannot be handed over; permanent.
 */
export function checkedCommand(given: WorkerCommand): WorkerCommand {
  const { command, args, env = {}, cwd = "" } = given;
  for (const text of [command, ...args]) checkText("argument", text);
  for (const variable of Object.entries(env)) checkText("variable", variable.join("="));
  checkText("working directory", cwd);
  return given;
}

function checkText(what: string, text: string): void {
  if (text.isWellFormed() && !text.includes("\0")) return;
  const lack = text.includes("\0") ? "holds a NUL" : "is not UTF-8";
  const message = `${what} "${showBytes(text)}" cannot be handed to a program, as it ${lack}`;
  throw new LaunchError(message, { permanent: true });
}
