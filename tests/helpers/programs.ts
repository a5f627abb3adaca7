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
