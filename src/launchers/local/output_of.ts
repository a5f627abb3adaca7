/**
 * Output of a program that is asked something, and answers soon.
 *
 * @module
 */

/** Runs a program in the locale C, and waits for its end. Returns what it prints, or undefined if it fails or does not exist. */
export function outputOf(command: string, args: readonly string[]): string | undefined {
  try {
    const { success, stdout } = new Deno.Command(command, {
      args: [...args],
      env: { LC_ALL: "C" },
      stdin: "null",
      stderr: "null",
    }).outputSync();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined;
  }
}
