/** Returns a line for a shell. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}

/** Runs a line of sh in a terminal of its own, by script(1), and returns all that the terminal gets. */
export async function inTerminal(line: string): Promise<string> {
  const { stdout } = await new Deno.Command("script", {
    args: ["-qec", `stty cols 100 rows 30; ${line}`, "/dev/null"],
    env: { CI: "", NO_COLOR: "", TERM: "xterm-256color" },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}
