/**
 * Check that a command can be passed to a program exactly as it is.
 *
 * @module
 */
import { isPassable } from "../base/paths.ts";
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
  for (const [name, value] of Object.entries(env)) {
    checkText("variable", `${name}=${value}`);
    if (name !== "" && !name.includes("=")) continue;
    refuse(`variable "${showBytes(name)}"`, name === "" ? "has no name" : "has a = in its name");
  }
  checkText("working directory", cwd);
  return given;
}

/**
 * Checks the arguments of a client, such as ssh.
 *
 * @throws {LaunchError} If one cannot be passed on; permanent.
 */
export function checkArguments(args: readonly string[]): void {
  for (const text of args) checkText("argument", text);
}

function checkText(kind: string, text: string): void {
  if (isPassable(text)) return;
  const fault = text.includes("\0") ? "contains a NUL" : "is not UTF-8";
  refuse(`${kind} "${showBytes(text)}"`, fault);
}

function refuse(subject: string, fault: string): never {
  const message = `${subject} cannot be passed to a program: it ${fault}`;
  throw new LaunchError(message, { permanent: true });
}
