/** Whether a program can be run here. */
export function has(program: string): boolean {
  return succeeds("sh", ["-c", 'command -v "$0"', program]);
}

/** Whether a command ends well here. */
export function succeeds(command: string, args: string[]): boolean {
  try {
    return new Deno.Command(command, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
