/**
 * Search for the reason why a program cannot be started: its file, its interpreter or its directory.
 *
 * @module
 */
import { mayBeThere } from "../base/existence.ts";
import { findProgram } from "../base/programs.ts";
import { foreignTarget, type ProgramFormat, readFormat } from "../base/program_format.ts";
import { showBytes } from "../base/surrogate_escape.ts";
import type { WorkerCommand } from "./launcher.ts";

/** What decides which file a command stands for. */
type CommandPlace = Pick<WorkerCommand, "command" | "cwd" | "env">;

/** Returns the sentence about a command that is not there. */
export function commandNotFound(command: string): string {
  return `command not found: ${showBytes(command)}`;
}

/** Returns the sentence about a command that may not be executed. */
export function commandNotExecutable(command: string): string {
  return `command not executable: ${showBytes(command)}`;
}

/** Returns the sentence about a program whose file, or that of its interpreter, is written at the moment: ETXTBSY. */
export function programIsBusy(file: string, { subject = "command" } = {}): string {
  return `${subject} cannot be started: ${showBytes(file)} is open for writing by another process`;
}

/** How many interpreters Linux lets follow one another. */
const MAX_INTERPRETERS = 5;

/** Returns the sentence that says why a program cannot be started, or undefined if there is no reason to be seen. */
export function findProgramFault({ command, cwd, env }: CommandPlace): string | undefined {
  const isPath = command.includes("/");
  const name = isPath ? inDirectory(command, cwd) : command;
  const lookup = env?.PATH === undefined ? findProgram(name) : findProgram(name, env.PATH);
  switch (lookup.kind) {
    case "unknown":
      return undefined;
    case "not-executable":
      return `${commandNotExecutable(command)} (chmod +x makes it executable)`;
    case "not-found":
      return isPath ? explainMissing(command, name) : commandNotFound(command);
    case "found":
      return findFileFault(lookup.path, { command, cwd, depth: 0 });
  }
}

/**
 * Returns the sentence about a file that the system would start, but not as what it is: execvp(3) lets sh read a program for
 * another machine, and env(1) looks for a program that is not there.
 */
export function findFormatFault(path: string, command: string): string | undefined {
  const format = readFormat(path);
  return format && (foreignFault(format, command) ?? envFault(format, command));
}

/** Returns the sentence about a working directory in which nothing can be started. */
export function findDirectoryFault(cwd: string | undefined): string | undefined {
  if (cwd === undefined) return findOwnDirectoryFault();
  if (Deno.permissions.querySync({ name: "read", path: cwd }).state !== "granted") {
    return undefined;
  }
  try {
    if (!Deno.statSync(cwd).isDirectory) {
      return `working directory is not a directory: ${showBytes(cwd)}`;
    }
    Deno.statSync(`${cwd}/.`);
    return undefined;
  } catch (error) {
    const isRefused = error instanceof Deno.errors.PermissionDenied;
    const fault = isRefused ? "may not be entered" : "not found";
    return `working directory ${fault}: ${showBytes(cwd)}`;
  }
}

/** Looks at the directory of this process, which may have been removed since it started. */
function findOwnDirectoryFault(): string | undefined {
  if (Deno.permissions.querySync({ name: "read" }).state !== "granted") return undefined;
  try {
    Deno.statSync(".");
    Deno.cwd();
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) {
      return "working directory may not be entered";
    }
    if (!(error instanceof Deno.errors.NotFound)) return undefined;
    return `working directory is gone: ${lastDirectory()}`;
  }
}

/** Returns the path that the working directory had. */
function lastDirectory(): string {
  try {
    return showBytes(Deno.readLinkSync("/proc/self/cwd").replace(/ \(deleted\)$/, ""));
  } catch {
    return "it was removed";
  }
}

function inDirectory(path: string, cwd: string | undefined): string {
  return cwd === undefined || path.startsWith("/") ? path : `${cwd}/${path}`;
}

/** Says what is at a path that has no regular file. */
function explainMissing(command: string, path: string): string {
  try {
    const { isDirectory } = Deno.statSync(path);
    const kind = isDirectory ? "it is a directory" : "it is no regular file";
    return `${commandNotExecutable(command)} (${kind})`;
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) {
      return `${commandNotExecutable(command)} (a folder of its path may not be entered)`;
    }
    const target = linkTarget(path);
    if (target === undefined) return commandNotFound(command);
    return `command cannot be started: ${showBytes(command)} is a link to "${
      showBytes(target)
    }", which does not lead to a file`;
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return undefined;
  }
}

/** Says what is wrong with a file that may be executed: with its format, its interpreter or its loader. */
function findFileFault(
  path: string,
  { command, cwd, depth }: { command: string; cwd: string | undefined; depth: number },
): string | undefined {
  const format = readFormat(path);
  if (format === undefined) return undefined;
  if (format.kind === "elf" && format.loader !== undefined && !mayBeThere(format.loader)) {
    return `loader of ${showBytes(command)} not found: ${showBytes(format.loader)}`;
  }
  const fault = foreignFault(format, command) ?? envFault(format, command);
  if (fault !== undefined || format.kind !== "script") return fault;
  const { interpreter } = format;
  const file = inDirectory(interpreter, cwd);
  const lookup = findProgram(file.includes("/") ? file : `./${file}`);
  if (lookup.kind === "found") {
    if (depth + 1 === MAX_INTERPRETERS) return undefined;
    return findFileFault(lookup.path, { command: interpreter, cwd, depth: depth + 1 });
  }
  if (lookup.kind === "unknown") return undefined;
  const isMissing = lookup.kind === "not-found" && !mayBeThere(file);
  return interpreterFault(command, interpreter, isMissing ? "not found" : "not executable");
}

function interpreterFault(command: string, interpreter: string, fault: string): string {
  const hint = interpreter.endsWith("\r") ? " (its lines end in CRLF)" : "";
  return `interpreter of ${showBytes(command)} ${fault}: "${showBytes(interpreter)}"${hint}`;
}

function foreignFault(format: ProgramFormat, command: string): string | undefined {
  const target = foreignTarget(format);
  if (target === undefined) return undefined;
  const own = `${Deno.build.os} on ${Deno.build.arch}`;
  return `exec format error: ${showBytes(command)} is ${target}, and this is ${own}`;
}

/** Says that env(1) would not find the program that it is to start. */
function envFault(format: ProgramFormat, command: string): string | undefined {
  if (format.kind !== "script" || !/(^|\/)env$/.test(format.interpreter)) return undefined;
  const [, name] = /^(?:-S[ \t]*)?([^-=\s][^=\s]*\r?)(?=[ \t]|$)/.exec(format.argument) ?? [];
  if (name === undefined || findProgram(name).kind !== "not-found") return undefined;
  return interpreterFault(command, name, "not found");
}
