/**
 * Program of the command after `--`: finds it among the arguments, and on this machine.
 *
 * @module
 */
import { readEnv } from "../base/env.ts";
import { UsageError } from "./errors.ts";

/**
 * Returns the program of a command.
 *
 * @throws {UsageError} If there is a word before `--`, or no command; the sentence shows `example`.
 */
export function programOf(
  [program]: readonly string[],
  { misplaced: [misplaced], example }: { misplaced: readonly string[]; example: string },
): string {
  if (misplaced?.startsWith("-")) throw new UsageError(`there is no option ${misplaced}`);
  const hint = `put the command after --, as in ${example}`;
  if (misplaced !== undefined) throw new UsageError(`"${misplaced}" comes before --: ${hint}`);
  if (program === undefined) throw new UsageError(`there is no command to run: ${hint}`);
  return program;
}

/**
 * Checks that a program can be started, as execvp(3) would find it. Without the permission to look, and on Windows, the
 * run finds it out.
 *
 * @throws {UsageError} If it is not there, or cannot be executed.
 */
export function checkProgram(program: string): void {
  if (program === "") throw new UsageError("the command to run is empty");
  const { kind } = findProgram(program);
  if (kind === "not-executable") throw new UsageError(`command not executable: ${program}`);
  if (kind !== "not-found") return;
  const hint = /\s/.test(program)
    ? " (one word with blanks in it: leave out the quotes, or use sh -c)"
    : "";
  throw new UsageError(`command not found: ${program}${hint}`);
}

function findProgram(
  program: string,
): { kind: "found" | "not-executable" | "not-found" | "unknown" } {
  const path = readEnv("PATH");
  const mayLook = Deno.permissions.querySync({ name: "read" }).state === "granted";
  if (!mayLook || path === undefined || Deno.build.os === "windows") return { kind: "unknown" };
  const places = program.includes("/")
    ? [program]
    : path.split(":").map((folder) => `${folder || "."}/${program}`);
  const files = places.map(statFile).filter((file) => file !== undefined);
  if (files.length === 0) return { kind: "not-found" };
  const isExecutable = files.some(({ mode }) => mode === null || (mode & 0o111) !== 0);
  return { kind: isExecutable ? "found" : "not-executable" };
}

function statFile(path: string): Deno.FileInfo | undefined {
  try {
    const info = Deno.statSync(path);
    return info.isFile ? info : undefined;
  } catch {
    return undefined;
  }
}
