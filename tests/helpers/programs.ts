// GNU parallel would look for the shell that has started it, and not find it if a process ends meanwhile.
Deno.env.set("PARALLEL_SHELL", "bash");

/** Returns whether a program is installed. */
export function has(program: string): boolean {
  return succeeds("sh", ["-c", 'command -v "$0"', program]);
}

/** Returns whether a command succeeds on this machine. */
export function succeeds(command: string, args: string[]): boolean {
  try {
    return new Deno.Command(command, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/**
 * Writes a program. Another process does it: a test of another thread may start a process meanwhile, which would have the file
 * open for writing for a moment, and what is open for writing cannot be run.
 */
export async function writeProgram(path: string, content: string | Uint8Array, mode = 0o755) {
  const script = 'cat >"$0" && chmod "$1" "$0"';
  const args = ["-c", script, path, mode.toString(8)];
  const child = new Deno.Command("sh", { args, stdin: "piped" }).spawn();
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const writer = child.stdin.getWriter();
  await writer.write(new Uint8Array(bytes));
  await writer.close();
  if (!(await child.status).success) throw new Error(`cannot write ${path}`);
}
