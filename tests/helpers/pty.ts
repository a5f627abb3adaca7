/** Returns a line for a shell. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}

/** Options of {@linkcode runInTerminal}. */
interface TerminalOptions {
  /** @default 100 */
  readonly columns?: number;
  /** @default 30 */
  readonly rows?: number;
  readonly env?: Record<string, string>;
}

/** Runs a line of sh in a terminal of its own, by script(1). Returns its exit code, and all that the terminal gets. */
export async function runInTerminal(
  line: string,
  { columns = 100, rows = 30, env }: TerminalOptions = {},
): Promise<{ code: number; text: string }> {
  const { code, stdout } = await new Deno.Command("script", {
    args: ["-qec", `stty cols ${columns} rows ${rows}; ${line}`, "/dev/null"],
    env: { CI: "", NO_COLOR: "", TERM: "xterm-256color", ...env },
    stdin: "null",
  }).output();
  return { code, text: new TextDecoder().decode(stdout) };
}

/** Runs a line of sh as {@linkcode runInTerminal} does, and returns what the terminal gets. */
export async function inTerminal(line: string, options?: TerminalOptions): Promise<string> {
  return (await runInTerminal(line, options)).text;
}
