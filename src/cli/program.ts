/**
 * The command to run: whether it stands where it should, and whether its program is there.
 *
 * @module
 */
import { findProgram } from "../base/programs.ts";
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
  const { kind } = findProgram(program);
  if (kind === "not-found") {
    const hint = /\s/.test(program)
      ? " (one word with blanks in it: leave the quotes away, or use sh -c)"
      : "";
    throw new UsageError(`command not found: ${program}${hint}`);
  }
  if (kind === "not-executable") throw new UsageError(`command not executable: ${program}`);
}
