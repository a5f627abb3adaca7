/**
 * Program of the command after `--`: finds it among the arguments, and on this machine.
 *
 * @module
 */
import {
  commandNotFound,
  findDirectoryFault,
  findProgramFault,
} from "../launchers/program_fault.ts";
import { UsageError } from "./errors.ts";

/**
 * Returns the program of a command.
 *
 * @throws {UsageError} If there is no command; the sentence shows `example`.
 */
export function programOf(
  [program]: readonly string[],
  { example }: { example: string },
): string {
  if (program !== undefined) return program;
  throw new UsageError(`there is no command to run: put the command after --, as in ${example}`);
}

/**
 * Makes the check that no word comes before `--`. Its sentence shows the word after it if that may be a program, and
 * otherwise `example`.
 */
export function noWords(
  command: string,
  { example }: { example: string },
): (words: readonly string[]) => void {
  return ([word]) => {
    if (word === undefined) return;
    const isProgram = /^[\w./~+-]*[a-z][\w./~+-]*$/i.test(word);
    const shown = isProgram ? `${command} -- ${word} …` : example;
    throw new UsageError(`"${word}" comes before --: put the command after --, as in ${shown}`);
  };
}

/** Makes the check that there is no word at all; its sentence begins with a reason. */
export function noOtherWords(reason: string): (words: readonly string[]) => void {
  return ([word]) => {
    if (word !== undefined) throw new UsageError(`${reason}: leave out "${word}"`);
  };
}

/**
 * Checks that a program can be started, as execvp(3) would find it. Without the permission to look, and on Windows, the
 * run finds it out.
 *
 * @throws {UsageError} If it is not there, or cannot be executed.
 */
export function checkProgram(program: string): void {
  if (program === "") throw new UsageError("the command to run is empty");
  const fault = findDirectoryFault(undefined) ?? findProgramFault({ command: program });
  if (fault === undefined) return;
  const isQuoted = /\S\s+\S/.test(program) && fault === commandNotFound(program);
  throw new UsageError(fault + (isQuoted ? QUOTED : ""));
}

const QUOTED = " (one word with blanks in it: leave out the quotes, or use sh -c)";

/**
 * Refuses a program with placeholders if it is likely a whole command in quotes, as in `'gzip {}'`: a program on this
 * machine, a blank, and more.
 *
 * @throws {UsageError} If it is.
 */
export function checkTemplate(program: string): void {
  const [, first] = /^([^\s{}\\]+)\s+\S/.exec(program) ?? [];
  if (first === undefined || findProgramFault({ command: first }) !== undefined) return;
  throw new UsageError(commandNotFound(program) + QUOTED);
}
