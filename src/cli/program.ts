/**
 * The command to run: whether it stands where it should, and whether its program is there.
 *
 * @module
 */
import { readEnv } from "../base/env.ts";
import { UsageError } from "./errors.ts";

/**
 * The program of the command after `--`, when nothing stands before that.
 *
 * @throws {UsageError} If something does, or there is no command; it shows `example`.
 */
export function checkPlaces(
  [program]: readonly string[],
  { misplaced: [misplaced], example }: { misplaced: readonly string[]; example: string },
): string {
  if (misplaced?.startsWith("-")) throw new UsageError(`there is no option ${misplaced}`);
  const hint = `put the command after --, as in ${example}`;
  if (misplaced !== undefined) throw new UsageError(`"${misplaced}" stands before --: ${hint}`);
  if (program === undefined) throw new UsageError(`there is no command to run: ${hint}`);
  return program;
}

/**
 * Looks for a program as execvp(3) does. What may not be looked at, or is not POSIX, is left for the run to find out.
 *
 * @throws {UsageError} If it is not there, or cannot be executed.
 */
export function checkProgram(program: string): void {
  if (program === "") throw new UsageError("the command to run is empty");
  const path = readEnv("PATH");
  const mayLook = Deno.permissions.querySync({ name: "read" }).state === "granted";
  if (!mayLook || path === undefined || Deno.build.os === "windows") return;
  const places = program.includes("/")
    ? [program]
    : path.split(":").map((folder) => `${folder || "."}/${program}`);
  const files = places.map(statFile).filter((file) => file !== undefined);
  if (files.length === 0) {
    const hint = /\s/.test(program)
      ? " (one word with blanks in it: leave the quotes away, or use sh -c)"
      : "";
    throw new UsageError(`command not found: ${program}${hint}`);
  }
  if (!files.some(({ mode }) => mode === null || (mode & 0o111) !== 0)) {
    throw new UsageError(`command not executable: ${program}`);
  }
}

function statFile(path: string): Deno.FileInfo | undefined {
  try {
    const info = Deno.statSync(path);
    return info.isFile ? info : undefined;
  } catch {
    return undefined;
  }
}
