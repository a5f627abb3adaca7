/**
 * Command line that makes this program a mock worker, so that the demo needs no file beside the program.
 *
 * @module
 */

/** The word before the arguments of the mock worker. It is for the demo only, and help does not show it. */
const MARK = "--as-mock-task";

/**
 * Returns a command that runs this program as a mock worker. `program` is that of this process. Deno reads the words up to `main`.
 * A compiled program gets all of them, and {@linkcode mockArguments} skips them.
 */
export function mockCommand(
  { program, main }: { readonly program: string; readonly main: string },
  args: readonly string[],
): string[] {
  return [program, "run", "--quiet", "--allow-env", main, MARK, ...args];
}

/** Returns the arguments of the mock worker; undefined if the words are a command line for people. */
export function mockArguments(words: readonly string[]): string[] | undefined {
  const command = words.indexOf("--");
  const at = words.slice(0, command < 0 ? undefined : command).indexOf(MARK);
  return at < 0 ? undefined : words.slice(at + 1);
}
